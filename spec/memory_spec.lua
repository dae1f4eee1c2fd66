-- Nothing is left behind: no Lua values, no descriptors, no C memory.
local bedrock = require "bedrock"
local echo = require "spec.support.echo"
local standin = require "spec.support.standin"

local KEYS = { creds = { access_key_id = "AKIDEXAMPLE", secret_access_key =
  "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY" } }

local function new(more)
  local config = { region = "us-east-1", credentials = KEYS,
    max_attempts = 1 }
  for name, value in pairs(more or {}) do config[name] = value end
  return assert(bedrock.client(config))
end

local function heap()
  collectgarbage()
  collectgarbage()
  return collectgarbage "count"
end

-- What this process holds, in KiB: the C side's memory is in it.
local function resident()
  local file = assert(io.open "/proc/self/status")
  local kib = file:read "*a":match "VmRSS:%s*(%d+)"
  file:close()
  return tonumber(kib)
end

-- Runs f n times to get warm, and n times more; the heap, what is open and,
-- within a megabyte, the process must be as before.
local function stays_flat(n, f)
  for _ = 1, n do f() end
  local count, open, size = heap(), echo.descriptors(), resident()
  for _ = 1, n do f() end
  local now = heap()
  assert.truthy(now - count < 4, ("%.1f KiB more"):format(now - count))
  assert.equal(open, echo.descriptors())
  if os.getenv "SANITIZED" then return end
  -- What leaks, leaks in every round; what only moved about does not.
  local grown = resident() - size
  for _ = 1, 3 do
    if grown < 1024 then return end
    size = resident()
    for _ = 1, n do f() end
    heap()
    grown = resident() - size
  end
  error(("%d KiB larger"):format(grown))
end

-- An object whose finalizer is f, on every Lua.
local function finalized(f)
  if newproxy then
    local proxy = newproxy(true)
    getmetatable(proxy).__gc = f
    return proxy
  end
  return setmetatable({}, { __gc = f })
end

describe("memory and descriptors stay flat", function()
  local s

  setup(function() s = standin.start { creating = 0 } end)
  teardown(function() s:stop() end)

  it("over 2000 calls with wrong input", function()
    local client = new()
    stays_flat(2000, function()
      local result, err = client:create_custom_model {
        modelName = 1, modelTags = { { kee = "a" } } }
      assert(not result and #err.problems == 4 and tostring(err))
    end)
  end)

  it("over 2000 requests built and signed", function()
    local client = new()
    stays_flat(2000, function()
      assert(client:build("converse", { modelId = "m", messages = {
        { role = "user", content = { { text = "hello" } } } } }))
      assert(bedrock.sign({ url = "https://a/b" }, { region = "r",
        service = "s", credentials = KEYS.creds }))
    end)
  end)

  it("over 2000 misuses that raise", function()
    local client = new()
    stays_flat(2000, function()
      assert(not pcall(client.list_custom_models, client, 1))
      assert(not pcall(function() return client.no_such_operation end))
      assert(not pcall(bedrock.sign, { url = "https://a",
        headers = { A = { "b", 1 } } }, { region = "r", service = "s",
          credentials = KEYS.creds }))
      assert(not bedrock.client { regoin = "x" })
    end)
  end)

  it("over 500 calls to the local Bedrock", function()
    local client, n = new { endpoint = s.url }, 0
    stays_flat(500, function()
      n = n + 1
      local result, meta = client:list_custom_models { maxResults = 5 }
      assert(result, tostring(meta))
    end)
    assert.truthy(n >= 1000)
  end)

  it("over 300 calls that the service refuses or breaks", function()
    local client = new { endpoint = s.url }
    local faults = { "status=400", "html=502", "not-json", "half-body",
      "garbage", "close" }
    local i = 0
    stays_flat(300, function()
      i = i % #faults + 1
      local result, err = client:list_custom_models({},
        { endpoint = s:fault(faults[i]) })
      assert(not result and tostring(err))
    end)
  end)

  it("over 100 clients that come and go", function()
    stays_flat(100, function()
      local client = new { endpoint = s.url }
      assert(client:list_custom_models())
      assert(client:service "bedrock-agent":build("list_agents", {}))
      client = nil -- luacheck: ignore
      heap()
    end)
  end)

  it("after a call with a large request and answer", function()
    local e = echo.start()
    local client = new()
    local text = ("x"):rep(4000000)
    for _ = 1, 3 do
      local result, err = client:invoke_model({ modelId = "m",
        body = text }, { endpoint = e:answer { key = "large" } })
      assert(result, tostring(err))
    end
    local r = client:build("converse", { modelId = "m", messages = {
      { role = "user", content = { { text = text } } } } })
    assert.truthy(#r.body > #text)
    local count = heap()
    r = nil -- luacheck: ignore
    assert.truthy(heap() < count - 3000)
    e:stop()
  end)
end)

describe("a finalizer in the middle of a call", function()
  -- Garbage of which each piece, when collected, does `f` and leaves the
  -- next piece, as long as `left` says.
  local function haunt(left, f)
    local function one()
      finalized(function()
        if left.n > 0 then
          left.n = left.n - 1
          one()
          f()
        end
      end)
    end
    for _ = 1, 5 do one() end
  end

  local tags, expected = {}, {}
  for i = 1, 50 do
    tags[i] = { key = "k" .. i, value = ("v"):rep(i) }
    expected[i] = ('{"key":"k%d","value":"%s"}'):format(i, ("v"):rep(i))
  end

  local function build(client)
    return client:build("create_custom_model", { modelName = "m",
      modelTags = tags, clientRequestToken = "t" })
  end

  local function check(r)
    assert.equal('{"clientRequestToken":"t","modelName":"m","modelTags":['
      .. table.concat(expected, ",") .. "]}", r.body)
  end

  -- The collector runs in builds only, and often; what is raised there does
  -- not meet anything else.
  local function build_with_collector(client)
    collectgarbage "restart"
    local r = build(client)
    collectgarbage "stop"
    return r
  end

  local pause

  before_each(function()
    pause = collectgarbage("setpause", 10)
    collectgarbage "stop"
  end)

  after_each(function()
    collectgarbage("setpause", pause)
    collectgarbage "restart"
  end)

  it("may make calls of its own", function()
    local client, left, made = new(), { n = 3000 }, 0
    haunt(left, function()
      if client:build("list_agents", {}) then made = made + 1 end
      client:create_custom_model { modelName = 1 }
    end)
    local builds = 0
    while made <= 4 and builds < 50000 or builds < 500 do
      check(build_with_collector(client))
      builds = builds + 1
    end
    left.n = 0
    heap()
    assert.truthy(made > 4, made)
    check(build(client))
  end)

  it("may raise, and the client lives", function()
    local client, left, raised = new(), { n = 300 }, 0
    if warn then warn "@off" end
    haunt(left, function()
      raised = raised + 1
      error "from a finalizer"
    end)
    local good, builds = 0, 0
    while raised <= 4 and builds < 50000 or builds < 500 do
      builds = builds + 1
      local ok, r = pcall(build_with_collector, client)
      collectgarbage "stop"
      if ok then
        check(r)
        good = good + 1
      end
    end
    left.n = 0
    heap()
    assert.truthy(good > 100, good)
    assert.truthy(raised > 4, raised)
    check(build(client))
  end)
end)

describe("valgrind", function()
  local PROGRAM = [[
    local bedrock = require "bedrock"
    local client = bedrock.client { region = "us-east-1", max_attempts = 2,
      credentials = { creds = { access_key_id = "a",
        secret_access_key = "b", session_token = "c" } } }
    for i = 1, 3 do
      assert(not client:create_custom_model { modelTags = { { kee = i } } })
      assert(not client:converse { modelId = "\255", messages = { {} } })
      assert(client:build("converse", { modelId = "m",
        additionalModelRequestFields = { a = { i, "b" } } }))
      assert(bedrock.sign({ url = "https://a/b?c=d", headers = {
        A = { "1", "2" } } }, { region = "r", service = "s",
          credentials = { access_key_id = "a", secret_access_key = "b" } }))
      assert(not pcall(bedrock.sign, { url = "https://a", headers = {
        B = { "1", 2 } } }, { region = "r", service = "s",
          credentials = { access_key_id = "a", secret_access_key = "b" } }))
      assert(not client:list_custom_models({},
        { endpoint = "http://127.0.0.1:1", proxy = "" }))
      assert(not bedrock.client { regoin = 1 })
      assert(not pcall(client.list_custom_models, client, 1))
    end
    local endpoint = %q
    local result, meta = client:list_custom_models({},
      { endpoint = endpoint })
    assert(result, tostring(meta))
    client = nil
    collectgarbage()]]

  if _VERSION ~= "Lua 5.4" then
    pending "runs on Lua 5.4 only"
  elseif echo.run "command -v valgrind" == "" then
    pending "is not installed"
  else
    it("finds no lost block and no invalid access #unsanitized", function()
      local e = echo.start()
      local text = echo.child(PROGRAM:format(e:answer {
        body = '{"modelSummaries":[{"modelName":"a\\u0000"}]}' }), nil,
        "valgrind -q --error-exitcode=9 --leak-check=full "
          .. "--errors-for-leak-kinds=definite --show-leak-kinds=definite")
      e:stop()
      assert.equal("", text)
    end)
  end
end)
