-- Starts and stops the local Bedrock for a spec. Runs on every Lua that the
-- specs run on; the server itself is always Lua 5.4.
--
--   local standin = require "spec.support.standin"
--   local s = standin.start { tls = true, creating = 0.2 }
--   s.url  s.pid  s.ca_file  s.access_key  s.secret_key  s.session_token
--   s:fault "status=503;times=1;key=a"     an endpoint that misbehaves
--   s:stop()
local standin = {}

local here = debug.getinfo(1, "S").source:match "^@(.*/)" or "./"
local MAIN = here .. "../standin/main.lua"

local Server = {}
Server.__index = Server

local function quote(word)
  return "'" .. tostring(word):gsub("'", "'\\''") .. "'"
end

-- options: tls, port, creating, idle, access_key, secret_key, session_token
function standin.start(options)
  options = options or {}
  local self = setmetatable({
    access_key = options.access_key or "AKIDEXAMPLE",
    secret_key = options.secret_key
      or "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
    session_token = options.session_token,
  }, Server)
  local words = { "exec lua5.4", quote(MAIN),
    "--access-key", quote(self.access_key),
    "--secret-key", quote(self.secret_key) }
  if options.tls then words[#words + 1] = "--tls" end
  for _, name in ipairs { "port", "creating", "idle" } do
    if options[name] then
      words[#words + 1] = "--" .. name .. " " .. quote(options[name])
    end
  end
  if self.session_token then
    words[#words + 1] = "--session-token " .. quote(self.session_token)
  end
  self.pipe = assert(io.popen(table.concat(words, " ")))
  local line = self.pipe:read "*l" or ""
  self.url, self.pid, self.ca_file = line:match "^ready (%S+) (%d+) ?(.*)$"
  if not self.url then
    self.pipe:close()
    error("the local Bedrock did not start: " .. line, 2)
  end
  if self.ca_file == "" then self.ca_file = nil end
  return self
end

-- The endpoint whose requests meet that fault; see spec/standin/faults.lua.
function Server:fault(spec)
  return self.url .. "/fault/" .. spec:gsub("[^%w%-%._~;=%%]", function(c)
    return ("%%%02X"):format(c:byte())
  end)
end

-- Returns when the server has ended. Calling it again does nothing.
function Server:stop()
  if not self.pipe then return end
  os.execute("kill " .. self.pid .. " 2>/dev/null")
  self.pipe:close()
  self.pipe = nil
end

return standin
