-- A good guest: require "bedrock" and bedrock.client ask nothing of the
-- system, and the first call is what begins to.
local echo = require "spec.support.echo"

-- Without asking for more than the module's own libraries.
local LOAD = ("assert(package.loadlib(%q, %q)) "):format(echo.module(),
  "luaopen_bedrock")
local REQUIRE = "local bedrock = require 'bedrock' "
local CLIENT = REQUIRE .. [[
  local client = assert(bedrock.client { region = "us-east-1",
    endpoint = "https://127.0.0.1:1", ca_bundle = "/nowhere.pem",
    credentials = { creds = { access_key_id = "a",
      secret_access_key = "b" } } })
  client:service "bedrock-agent"
  tostring(client)
  bedrock.operations()
  ]]
local BUILD = CLIENT .. [[
  assert(client:build("list_custom_models", {})) ]]
local CALL = CLIENT .. [[
  assert(not client:list_custom_models({}, { max_attempts = 1,
    endpoint = "http://127.0.0.1:1" })) ]]
local FILES = "open,openat,openat2,creat"
local NETWORK = "%network"

-- The system calls of a program that did what was asked, one a line, or nil
-- where strace cannot trace.
local function trace(calls, program)
  local text = echo.child(program .. " print 'done'", nil,
    "strace -f -qq -e signal=none -e trace=" .. calls)
  return text:match "^(.*)done\n", text
end

-- The files that are opened, a number for each; what only was looked for
-- does not count.
local function opened(program)
  local text = assert(trace(FILES, program))
  local files = {}
  for path, result in text:gmatch 'open[^"\n]*"([^"]*)"[^\n]*= (%-?%d+)' do
    if tonumber(result) >= 0 then files[path] = (files[path] or 0) + 1 end
  end
  assert.truthy(next(files))
  return files
end

local ok, text = trace(NETWORK, "local a = 1")

if ok then
  describe("quietness #unsanitized", function()
    it("is seen with strace, which sees a call", function()
      assert.truthy(trace(NETWORK, CALL):find("connect(", 1, true))
    end)

    it("opens no socket", function()
      assert.equal("", (trace(NETWORK, LOAD)))
      assert.equal("", (trace(NETWORK, REQUIRE)))
      assert.equal("", (trace(NETWORK, CLIENT)))
      assert.equal("", (trace(NETWORK, BUILD)))
    end)

    it("opens no file but the module and its libraries", function()
      local loader = opened(LOAD)
      for _, program in ipairs { REQUIRE, CLIENT } do
        for path, times in pairs(opened(program)) do
          -- require looks whether the file is there, then loads it
          local most = (loader[path] or 0)
            + (path == echo.module() and 1 or 0)
          assert.truthy(times <= most, path .. " " .. times)
        end
      end
    end)

    it("starts no process or thread and sets no signal", function()
      local calls = "clone,clone3,fork,vfork,execve,rt_sigaction,kill"
      local function count(program)
        local n = 0
        for line in assert(trace(calls, program)):gmatch "[^\n]+" do
          if line:match "^[%[%]%d pid]*[%l_%d]+%(" then n = n + 1 end
        end
        assert.truthy(n > 0)
        return n
      end
      assert.equal(count(LOAD), count(CLIENT))
    end)
  end)
else
  pending("quietness: strace cannot trace here: " .. text:sub(1, 80))
end
