-- One connection: requests are read, checked, performed and answered, one
-- after the other, until either side ends it.
--   server: url, keys, store, counts (what faults have to remember)
local cqueues = require "cqueues"
local api = require "standin.api"
local errors = require "standin.errors"
local faults = require "standin.faults"
local http = require "standin.http"
local sigv4 = require "standin.sigv4"

-- The signature comes before the operation, as with the services: a stranger
-- does not learn which paths there are.
local function operate(server, call)
  local request = call.request
  local route, id = api.route(request.method, call.rest)
  local region, failure = call.verify(route and route.service)
  if not region then return errors.answer(failure) end
  if not route then return errors.answer(id) end
  return api.call(server.store, route, id, request, region)
end

-- A mistake in here must not take the server down.
local function guarded(server, call)
  local ok, answer = xpcall(operate, debug.traceback, server, call)
  if ok then return answer end
  io.stderr:write(answer, "\n")
  return errors.answer(errors.new("InternalServerException",
    "The local Bedrock made a mistake"))
end

-- -> true when the connection can be used again
local function respond(server, connection, request, fault, rest)
  local now = os.time() + math.floor(fault.skew or 0)
  local call = { request = request, fault = fault, rest = rest, now = now,
    url = server.url }
  function call.verify(service)
    return sigv4.verify(request, server.keys, service, now)
  end
  if fault.delay then cqueues.sleep(fault.delay / 1000) end
  local done, answer = faults.instead(connection, call)
  if not done then answer = guarded(server, call) end
  if not answer then return false end
  answer.headers = answer.headers or {}
  if fault["retry-after"] then
    table.insert(answer.headers, { "x-amz-retry-after",
      ("%d"):format(fault["retry-after"] // 1) })
  end
  answer.close = not request.keep
  local bytes, keep = faults.wire(answer, fault, now)
  return faults.send(connection, bytes, fault) and keep and request.keep
end

-- Tells the client what was wrong with its HTTP. The rest that it may still
-- be sending is read, or the answer could be lost in a reset.
local function refuse(connection, why)
  local code = why:find("too large", 1, true)
    and "RequestEntityTooLargeException" or "SerializationException"
  local answer = errors.answer(errors.new(code, why))
  answer.close = true
  connection:write(http.head(answer, #answer.body, os.time()) .. answer.body)
  connection.socket:shutdown "w"
  connection:drain(1)
end

-- -> true to go on, false to close, nil to abort
local function one_request(server, connection)
  local method, target, minor = http.request_line(connection)
  local why = not method and target
  local fault, rest
  if method then
    fault, rest = faults.find(target:match "^[^?]*", server.counts)
    if fault and fault.reset then return nil end
  end
  local request
  if method then
    request, why = http.request(connection, method, target, minor)
  end
  if why == "closed" then return false end
  if request and not fault then
    request, why = nil, "the endpoint is wrong: " .. rest
  end
  if not request then
    refuse(connection, why)
    return false
  end
  return respond(server, connection, request, fault, rest)
end

return function(server, connection)
  local go_on
  repeat go_on = one_request(server, connection) until not go_on
  if go_on == false then connection.socket:shutdown "w" end
  connection:close()
end
