-- require "bedrock": what it is, what it exports, what it costs.
local bedrock = require "bedrock"
local echo = require "spec.support.echo"

local SERVICES = {
  "bedrock", "bedrock-agent", "bedrock-agent-runtime", "bedrock-agentcore",
  "bedrock-agentcore-control", "bedrock-data-automation",
  "bedrock-data-automation-runtime", "bedrock-runtime",
}

local function sorted_keys(t)
  local keys = {}
  for k in pairs(t) do keys[#keys + 1] = k end
  table.sort(keys)
  return keys
end

describe("the module", function()
  it("exports these names, with these types", function()
    for name, kind in pairs {
      client = "function", sign = "function", operations = "function",
      array = "function", object = "function", null = "userdata",
      _VERSION = "string", _MODELS = "string",
    } do
      assert.equal(kind, type(bedrock[name]), name)
    end
    for name in pairs(bedrock) do assert.equal("string", type(name)) end
  end)

  it("sets no global", function()
    assert.equal("", echo.child [[
      local before = {}
      for name in pairs(_G) do before[name] = true end
      require "bedrock".client { region = "us-east-1" }
      for name in pairs(_G) do
        if not before[name] then print(name) end
      end]])
  end)

  it("names its version and that of the models", function()
    assert.truthy(bedrock._VERSION:match "^%d+%.%d+%.%d+$")
    assert.truthy(bedrock._MODELS:match "^botocore %d+%.%d+%.%d+$")
    local file = assert(io.open "Makefile")
    local pinned = file:read "*a":match "\nMODELS%s*=%s*(%S+)"
    file:close()
    assert.equal("botocore " .. pinned, bedrock._MODELS)
  end)

  it("has the null of cjson", function()
    assert.equal("userdata", type(bedrock.null))
    assert.truthy(tostring(bedrock.null):match "^userdata: ")
    local ok, cjson = pcall(require, "cjson")
    if ok then assert.equal(cjson.null, bedrock.null) end
  end)

  it("marks lists and objects in place, the same mark each time", function()
    for _, mark in ipairs { bedrock.array, bedrock.object } do
      local t = { 1 }
      assert.equal(t, mark(t))
      assert.equal(getmetatable(mark {}), getmetatable(t))
      assert.equal("table", type(mark()))
      assert.equal(getmetatable(mark(nil)), getmetatable(t))
      for _, wrong in ipairs { 1, "x", true, print } do
        assert.has_error(function() mark(wrong) end)
      end
    end
    assert.not_equal(getmetatable(bedrock.array {}),
      getmetatable(bedrock.object {}))
  end)

  it("can be loaded in many states and coroutines", function()
    local ok, client = coroutine.resume(coroutine.create(function()
      return bedrock.client { region = "us-east-1" }
    end))
    assert.truthy(ok)
    assert.equal("bedrock.client: bedrock, us-east-1", tostring(client))
  end)

  it("exports one symbol #unsanitized", function()
    local names = {}
    local text = echo.run("nm -D --defined-only "
      .. echo.quote(echo.module()))
    for name in text:gmatch " (%S+)\n" do names[#names + 1] = name end
    assert.same({ "luaopen_bedrock" }, names)
  end)

  it("takes at most 100 KiB of the Lua heap", function()
    local kib = tonumber(echo.child [[
      collectgarbage() collectgarbage()
      local before = collectgarbage "count"
      bedrock = require "bedrock"
      collectgarbage() collectgarbage()
      print(collectgarbage "count" - before)]])
    assert.truthy(kib > 0 and kib <= 100, kib)
  end)
end)

describe("bedrock.operations", function()
  it("counts 491 in eight services", function()
    local all, n = bedrock.operations(), 0
    assert.same(SERVICES, sorted_keys(all))
    for service, names in pairs(all) do
      assert.same(names, bedrock.operations(service))
      n = n + #names
    end
    assert.equal(491, n)
  end)

  it("lists names once, sorted, in snake_case", function()
    for service, names in pairs(bedrock.operations()) do
      assert.truthy(#names > 0, service)
      for i, name in ipairs(names) do
        assert.truthy(name:match "^[a-z][a-z0-9_]*[a-z0-9]$", name)
        if i > 1 then assert.truthy(names[i - 1] < name, name) end
      end
    end
  end)

  it("gives a table of the caller's own", function()
    bedrock.operations("bedrock")[1] = "changed"
    assert.not_equal("changed", bedrock.operations("bedrock")[1])
  end)

  it("has the main job", function()
    local names = {}
    for _, name in ipairs(bedrock.operations "bedrock") do
      names[name] = true
    end
    for _, name in ipairs { "create_custom_model", "get_custom_model",
      "list_custom_models", "delete_custom_model", "tag_resource" } do
      assert.truthy(names[name], name)
    end
  end)

  it("raises for what is no service", function()
    for _, wrong in ipairs { "bedrok", "", "bedrock-", "bedrock\0" } do
      assert.has_error(function() bedrock.operations(wrong) end)
    end
    assert.has_error(function() bedrock.operations {} end)
  end)

  it("names methods of every client, each made once", function()
    local client = bedrock.client {}
    for service, names in pairs(bedrock.operations()) do
      local there = client:service(service)
      for _, name in ipairs(names) do
        assert.equal("function", type(client[name]), name)
        assert.equal("function", type(there[name]), name)
        assert.equal(there[name], there[name])
      end
    end
  end)
end)
