-- The local Bedrock: custom models on loopback, without an AWS account.
--   lua5.4 spec/standin/main.lua [--port N] [--tls] [--access-key ID]
--     [--secret-key KEY] [--session-token T] [--creating SECONDS]
--     [--idle SECONDS]
-- Its first line of output, once it listens: ready URL PID [CAFILE]
-- It ends on SIGTERM and SIGINT, and by itself when nobody was connected for
-- --idle seconds, so that a test that crashed never leaves it behind.
local here = arg[0]:match "^(.*/)" or "./"
package.path = here .. "../?.lua;" .. package.path

local cqueues = require "cqueues"
local signal = require "cqueues.signal"
local socket = require "cqueues.socket"
local http = require "standin.http"
local models = require "standin.models"
local serve = require "standin.serve"
local tls = require "standin.tls"

local options = {
  port = 0, tls = false, creating = 2, idle = 120,
  ["access-key"] = "AKIDEXAMPLE",
  ["secret-key"] = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
  ["session-token"] = "",
}

local function die(message)
  io.stderr:write("local Bedrock: ", message, "\n")
  os.exit(1)
end

local function read_options(words)
  local i = 1
  while words[i] do
    local name = words[i]:match "^%-%-(.+)$"
    local default = options[name]
    local value = true
    if default == nil then die("unknown option " .. words[i]) end
    if default ~= false then
      i = i + 1
      value = words[i]
      if type(default) == "number" then value = tonumber(value) end
      if not value then die("--" .. name .. " needs a value") end
    end
    options[name] = value
    i = i + 1
  end
end

-- Lua has no getpid; the kernel tells it here.
local function process_id()
  local file = assert(io.open "/proc/self/stat")
  local pid = file:read "n"
  file:close()
  return math.tointeger(pid)
end

local function listen()
  local listener = socket.listen { host = "127.0.0.1",
    port = math.tointeger(options.port) }
  listener:onerror(function(_, _, code) return code end)
  local ok = listener:listen()
  local _, _, port = listener:localname()
  if not ok or not port then die("cannot listen on that port") end
  return listener, port
end

local function token_or_none()
  local token = options["session-token"]
  if token ~= "" then return token end
end

local function new_server(url)
  return {
    url = url, counts = {}, open = 0, last = cqueues.monotime(),
    store = models.new(cqueues.monotime, options.creating),
    keys = { access_key = options["access-key"],
      secret_key = options["secret-key"], session_token = token_or_none() },
  }
end

local function handle(server, client, ctx)
  server.open = server.open + 1
  local ok, message = xpcall(function()
    local connection = http.connection(client)
    if ctx and not client:starttls(ctx) then return client:close() end
    serve(server, connection)
  end, debug.traceback)
  if not ok then
    io.stderr:write(tostring(message), "\n")
    pcall(client.close, client)
  end
  server.open = server.open - 1
  server.last = cqueues.monotime()
end

-- Returns once nobody has been connected for so long.
local function wait_until_idle(server)
  while true do
    local left = options.idle
    if server.open == 0 then
      left = server.last + options.idle - cqueues.monotime()
    end
    if left <= 0 then return end
    cqueues.sleep(left)
  end
end

read_options(arg)
signal.ignore(signal.SIGPIPE)
signal.block(signal.SIGTERM, signal.SIGINT)

local listener, port = listen()
local ctx, ca_file
if options.tls then ctx, ca_file = tls.new() end
local url = ctx and "https://localhost:" .. port
  or "http://127.0.0.1:" .. port
local server = new_server(url)
local loop = cqueues.new()

local function finish()
  if ca_file then os.remove(ca_file) end
  os.exit(0)
end

loop:wrap(function()
  while true do
    local client = listener:accept()
    if client then
      loop:wrap(function() handle(server, client, ctx) end)
    else
      cqueues.sleep(0.05)
    end
  end
end)
loop:wrap(function()
  signal.listen(signal.SIGTERM, signal.SIGINT):wait()
  finish()
end)
loop:wrap(function()
  wait_until_idle(server)
  finish()
end)

io.stdout:write("ready ", url, " ", process_id(),
  ca_file and " " .. ca_file or "", "\n")
io.stdout:flush()
for message in loop:errors() do io.stderr:write(message, "\n") end
