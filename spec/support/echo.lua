-- What the specs of the Lua face share: a server that answers as it is told
-- and remembers what it was asked, and a look at this process from outside.
-- The server runs on Lua 5.4, whatever Lua the specs run on.
--
--   local echo = require "spec.support.echo"
--   local e = echo.start()
--   e:answer { key = "a", body = "{}" }   an endpoint that gives that answer;
--                      also: status = 200 or { 503, 200 } (the last one
--                      stays), headers = { ["X-Name"] = "value" }
--   e:seen "a"         the requests made there: a list of { method, target,
--                      headers = { [lower-case name] = value }, body }
--   e.url              ... is a plain HTTP proxy, too: it answers itself
--   e:stop()
local echo = {}

local function hex(s)
  return (s:gsub(".", function(c) return ("%02x"):format(c:byte()) end))
end

local function unhex(s)
  return (s:gsub("..", function(h) return string.char(tonumber(h, 16)) end))
end

-- ======================================================================
-- The server: lua5.4 spec/support/echo.lua serve
-- ======================================================================

local function read_request(client)
  local line = client:read "*L"
  local method, target = (line or ""):match "^(%S+) (%S+) HTTP/1%.%d\r\n$"
  if not method then return nil end
  local request = { method = method, target = target, headers = {} }
  for header in client:lines "*L" do
    local name, value = header:match "^([^:]+):%s*(.-)\r\n$"
    if not name then break end
    request.headers[name:lower()] = value
  end
  local n = tonumber(request.headers["content-length"] or "0")
  request.body = n > 0 and client:read(n) or ""
  return request
end

-- /answer/KEY/STATUS,STATUS/HEX OF BODY/HEX OF HEADERS/-/custom-models
local function respond(seen, request)
  local path = request.target:gsub("^http://[^/]+", "")
  local key = path:match "^/seen/([^/]*)/"
  if key then
    return "200", require "cjson".encode(seen[key] or {}), ""
  end
  local statuses, body, headers
  key, statuses, body, headers =
    path:match "^/answer/([^/]+)/([^/]+)/(%x*)/(%x*)/%-"
  if not key then return "404", path, "" end
  local list, status = seen[key] or {}, nil
  seen[key] = list
  list[#list + 1] = { method = request.method, target = request.target,
    headers = request.headers, hex = hex(request.body) }
  local i = 0
  for s in statuses:gmatch "%d+" do
    i = i + 1
    if i <= #list then status = s end
  end
  return status, unhex(body), unhex(headers)
end

local function serve_one(seen, client)
  client:setmode("b", "bf")
  client:setmaxline(131072)
  client:onerror(function(_, _, code) return code end)
  while true do
    local request = read_request(client)
    if not request then break end
    local status, body, headers = respond(seen, request)
    client:write(("HTTP/1.1 %s X\r\nContent-Length: %d\r\n%s\r\n")
      :format(status, #body, headers), body)
    client:flush()
  end
  client:close()
end

local function serve()
  local cqueues = require "cqueues"
  local socket = require "cqueues.socket"
  local loop, seen, open = cqueues.new(), {}, 0
  local last = cqueues.monotime()
  local listener = socket.listen { host = "127.0.0.1", port = 0 }
  assert(listener:listen())
  local _, _, port = listener:localname()
  loop:wrap(function()
    for client in listener:clients() do
      loop:wrap(function()
        open = open + 1
        pcall(serve_one, seen, client)
        open, last = open - 1, cqueues.monotime()
      end)
    end
  end)
  local stat = assert(io.open "/proc/self/stat")
  io.stdout:write(("ready %d %d\n"):format(port, stat:read "n"))
  io.stdout:flush()
  stat:close()
  while open > 0 or cqueues.monotime() < last + 120 do
    assert(loop:step(1))
  end
end

if ... == "serve" then
  serve()
  os.exit(0)
end

-- ======================================================================
-- The library
-- ======================================================================

function echo.quote(word)
  return "'" .. tostring(word):gsub("'", "'\\''") .. "'"
end

-- What a command writes, without the sanitizers that this process may have.
function echo.run(command)
  local pipe = assert(io.popen("unset LD_PRELOAD; " .. command))
  local text = pipe:read "*a"
  pipe:close()
  return text
end

-- The interpreter that runs the specs.
function echo.lua()
  local name = os.getenv "LUA"
  if name then return name end
  local i = 0
  while arg[i - 1] do i = i - 1 end
  return arg[i]
end

-- The file of the module, as require finds it.
function echo.module()
  for template in package.cpath:gmatch "[^;]+" do
    local path = template:gsub("%?", "bedrock")
    local file = io.open(path)
    if file then
      file:close()
      return path
    end
  end
  error "bedrock.so is not in package.cpath"
end

local FORGET = { "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_ACCESS_KEY_ID",
  "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_BEARER_TOKEN_BEDROCK" }

-- What a program writes when the same interpreter runs it in a process of
-- its own; env: names and values of its environment, which has nothing else
-- that the module reads. before: words to put before the command.
function echo.child(program, env, before)
  local words = { "env -u " .. table.concat(FORGET, " -u ") }
  for name, value in pairs(env or {}) do
    words[#words + 1] = name .. "=" .. echo.quote(value)
  end
  words[#words + 1] = "LUA_CPATH=" .. echo.quote(package.cpath)
  words[#words + 1] = before or ""
  words[#words + 1] = echo.lua() .. " -e " .. echo.quote(program)
  local preload = os.getenv "LD_PRELOAD"
  if preload then
    table.insert(words, 2, "LD_PRELOAD=" .. echo.quote(preload))
    table.insert(words, 2, "ASAN_OPTIONS=detect_leaks=0")
  end
  return echo.run(table.concat(words, " ") .. " 2>&1")
end

-- How many files and sockets this process has open.
function echo.descriptors()
  local n = 0
  for name in require "lfs".dir "/proc/self/fd" do
    if name:match "^%d+$" then n = n + 1 end
  end
  return n
end

local Server = {}
Server.__index = Server

function echo.start()
  local self = setmetatable({}, Server)
  local here = debug.getinfo(1, "S").source:match "^@(.*)$"
  self.pipe = assert(io.popen("unset LD_PRELOAD; exec lua5.4 "
    .. echo.quote(here) .. " serve"))
  local port
  port, self.pid = (self.pipe:read "*l" or ""):match "^ready (%d+) (%d+)$"
  assert(port, "the echo server did not start")
  self.url = "http://127.0.0.1:" .. port
  return self
end

function Server:answer(wish)
  local status, headers = wish.status or 200, {}
  if type(status) ~= "table" then status = { status } end
  for name, value in pairs(wish.headers or {}) do
    headers[#headers + 1] = name .. ": " .. value .. "\r\n"
  end
  return table.concat({ self.url, "answer", wish.key or "any",
    table.concat(status, ","), hex(wish.body or "{}"),
    hex(table.concat(headers)), "-" }, "/")
end

function Server:seen(key)
  local client = require "bedrock".client { region = "us-east-1",
    credentials = { anonymous = true }, endpoint = self.url .. "/seen/"
      .. key }
  local result = assert(client:invoke_model { modelId = "x" })
  local list = require "dkjson".decode(result.body)
  for _, request in ipairs(list) do request.body = unhex(request.hex) end
  return list
end

-- Returns when the server has ended. Calling it again does nothing.
function Server:stop()
  if not self.pipe then return end
  os.execute("kill " .. self.pid .. " 2>/dev/null")
  self.pipe:close()
  self.pipe = nil
end

return echo
