-- Misbehaviour on demand. A client whose endpoint is URL/fault/SPEC meets it
-- on each request. SPEC is name or name=value, several joined by ";", the
-- values percent-encoded. The signature covers the whole path.
--
--   instead of the operation, whatever the signature
--     hang close reset garbage half-head   no answer, or not an answer
--     status=NNN [code=Name] [message=..]  an error of the service
--     html=NNN empty=NNN                   what a proxy would say
--     not-json wrong-json                  200 with a text, with "[1,2"
--     huge=BYTES huge-head=BYTES           200 that does not want to end
--     redirect[=NNN]                       to the same path without the fault
--     echo                                 200, describes the request
--   the operation is done, but
--     half-body long-body bad-chunk        its answer is framed wrongly
--     http10 close-after                   the connection ends after it
--     drip=MS delay=MS                     it is slow (MS for each byte)
--     skew=SECONDS                         the server's clock is off
--     retry-after=MS                       with x-amz-retry-after
--   which requests
--     times=N [key=K]   only the first N that carry the same K (or SPEC)
local cqueues = require "cqueues"
local errors = require "standin.errors"
local http = require "standin.http"
local json = require "standin.json"
local text = require "standin.text"

local faults = {}

-- true: a flag; a text: takes any text; a number: the value when none is
-- given.
local KNOWN = {
  hang = true, close = true, reset = true, garbage = true,
  ["half-head"] = true, ["half-body"] = true, ["long-body"] = true,
  ["bad-chunk"] = true, ["not-json"] = true, ["wrong-json"] = true,
  ["close-after"] = true, http10 = true, echo = true,
  status = 503, html = 502, empty = 503, redirect = 307,
  huge = 1e9, ["huge-head"] = 1e6, drip = 1, delay = 100, skew = 3600,
  ["retry-after"] = 100, times = 1, key = "", code = "", message = "",
}

local function read_part(part)
  local name, value = part:match "^([^=]*)=?(.*)$"
  local known = KNOWN[name]
  if known == nil then return nil, "there is no fault " .. name end
  value = text.percent_decode(value)
  if type(known) == "number" then
    local number = value == "" and known or tonumber(value)
    if not number then return nil, name .. " needs a number" end
    return name, number
  end
  return name, known == "" and value or true
end

-- -> fault, rest of the path | nil, reason. A fault is a table from names to
-- values; it is empty when the request shall be served as usual. `counts`
-- remembers across requests what `times` has to know.
function faults.find(path, counts)
  local spec, rest = path:match "^/fault/([^/]*)(.*)$"
  if not spec then return {}, path end
  if rest == "" then rest = "/" end
  local fault = {}
  for part in spec:gmatch "[^;]+" do
    local name, value = read_part(part)
    if not name then return nil, value end
    fault[name] = value
  end
  if fault.times then
    local key = fault.key or spec
    counts[key] = (counts[key] or 0) + 1
    if counts[key] > fault.times then fault = {} end
  end
  return fault, rest
end

-- Each gets (connection, value, call) and returns an answer, or nil when the
-- connection shall end. call: request, fault, rest, now, url, verify().
local instead = {}

function instead.hang(connection)
  connection:drain()
end

function instead.close() end

function instead.garbage(connection)
  connection:write "\1\2\3 this is no HTTP \255\254\r\n\r\n"
end

instead["half-head"] = function(connection)
  connection:write "HTTP/1.1 200 OK\r\nContent-Type: applicat"
end

function instead.status(_, status, call)
  return errors.of_status(status, call.fault.code, call.fault.message)
end

function instead.html(_, status)
  return { status = status, content_type = "text/html", body =
    "<html>\n<head><title>Error</title></head>\n<body><h1>Error " ..
    status .. "</h1></body>\n</html>\n" }
end

function instead.empty(_, status)
  return { status = status, body = "" }
end

instead["not-json"] = function()
  return { status = 200, body = "this is plain text" }
end

instead["wrong-json"] = function()
  return { status = 200, body = "[1,2" }
end

-- One JSON string of that many bytes, until the peer has had enough.
function instead.huge(connection, size, call)
  local alive = connection:write(
    http.head({ status = 200 }, "chunked", call.now))
  local filler = ("a"):rep(64 * 1024)
  local left = math.max(math.floor(size), 2) - 2
  alive = alive and connection:write '1\r\n"\r\n'
  while alive and left > 0 do
    local piece = left < #filler and filler:sub(1, left) or filler
    alive = connection:write(("%x\r\n%s\r\n"):format(#piece, piece))
    left = left - #piece
  end
  if alive then connection:write '1\r\n"\r\n0\r\n\r\n' end
end

instead["huge-head"] = function(connection, size, call)
  local head = http.head({ status = 200 }, 2, call.now)
  local alive = connection:write(head:sub(1, -3))
  local filler, sent = ("a"):rep(1000), #head
  while alive and sent < size do
    local line = ("X-Filler-%d: %s\r\n"):format(sent, filler)
    alive = connection:write(line)
    sent = sent + #line
  end
  if alive then connection:write "\r\n{}" end
end

function instead.redirect(_, status, call)
  local query = call.request.target:match "%?.*$" or ""
  return { status = status, body = "", headers = {
    { "Location", call.url .. call.rest .. query } } }
end

function instead.echo(_, _, call)
  local request = call.request
  local ok, failure = call.verify()
  local body = request.body
  local is_text = utf8.len(body) ~= nil
  return { status = 200, body = json.encode {
    method = request.method, path = request.path, query = request.query,
    headers = request.headers, body = is_text and body or nil,
    bodyHex = not is_text and text.hex(body) or nil,
    signature = ok and "valid" or failure.code } }
end

-- -> true, answer | nil when the fault leaves the operation alone
function faults.instead(connection, call)
  for name, act in pairs(instead) do
    local value = call.fault[name]
    if value then return true, act(connection, value, call) end
  end
  return nil
end

-- The bytes of an answer, and whether the connection can be kept after it.
function faults.wire(answer, fault, now)
  local body = answer.body
  if fault["half-body"] then
    return http.head(answer, #body + 16, now) .. body, false
  elseif fault["long-body"] then
    return http.head(answer, #body, now) .. body .. "and some more", true
  elseif fault["bad-chunk"] then
    return ("%s%x\r\n%s\r\nzz\r\n"):format(
      http.head(answer, "chunked", now), #body, body), false
  elseif fault.http10 then
    return http.head(answer, nil, now, "1.0") .. body, false
  end
  return http.head(answer, #body, now) .. body, not fault["close-after"]
end

-- Writes the bytes, one by one with a pause if the fault says so.
function faults.send(connection, bytes, fault)
  if not fault.drip then return connection:write(bytes) end
  for i = 1, #bytes do
    if not connection:write(bytes:sub(i, i)) then return false end
    cqueues.sleep(fault.drip / 1000)
  end
  return true
end

return faults
