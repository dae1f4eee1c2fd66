-- core/shape: look-ups in the model, and "did you mean".
local unit = require "unit"
local bedrock = require "bedrock"

-- The service of an operation, or nil; asked in one service or in all.
local function operation(service, name, any)
  local _, found = unit.find(service, name, "", any)
  return found
end

local function member(service, op, name)
  return (select(3, unit.find(service, op, name)))
end

-- The modelled HTTP status of a service's error, or -1.
local function status(service, code)
  return (select(4, unit.find(service, "", code)))
end

describe("a service", function()
  it("is found by its whole name", function()
    for name in pairs(bedrock.operations()) do
      assert.is_true((unit.find(name, "", "")))
      for _, bad in ipairs { name .. "x", name:sub(1, -2) .. "\255", "",
        name .. "\0", name:upper() } do
        assert.is_false((unit.find(bad, "", "")), bad)
      end
    end
  end)
end)

describe("an operation", function()
  it("is found in its service, by its whole name", function()
    for service, names in pairs(bedrock.operations()) do
      for _, name in ipairs(names) do
        assert.equal(service, operation(service, name))
        assert.equal(service, operation(service, name, true))
        assert.is_nil(operation(service, name .. "z"))
        assert.is_nil(operation(service, "a" .. name))
      end
      assert.is_nil(operation(service, ""))
      assert.is_nil(operation(service, ("x"):rep(1000)))
    end
  end)

  it("is found in any service, the asked one first", function()
    assert.equal("bedrock-runtime", operation("bedrock", "converse", true))
    assert.is_nil(operation("bedrock", "converse"))
    for _, service in ipairs { "bedrock", "bedrock-agent",
      "bedrock-agentcore-control" } do
      assert.equal(service, operation(service, "tag_resource", true))
    end
    assert.is_nil(operation("bedrock", "no_such_thing", true))
  end)
end)

describe("a member", function()
  it("is found by its whole name, as it is written", function()
    local found = {}
    for _, name in ipairs { "clientRequestToken", "modelKmsKeyArn",
      "modelName", "modelSourceConfig", "modelTags", "roleArn" } do
      local i = member("bedrock", "create_custom_model", name)
      assert.truthy(i >= 0, name)
      assert.is_nil(found[i])
      found[i] = true
      for _, bad in ipairs { name .. "s", name:sub(1, -2), name:lower() } do
        assert.equal(-1, member("bedrock", "create_custom_model", bad), bad)
      end
    end
    assert.equal(-1, member("bedrock", "create_custom_model", ""))
  end)
end)

describe("an error", function()
  -- "Same code, different status per service"
  it("is found in its own service", function()
    for _, v in ipairs {
      { "bedrock", "ConflictException", 400 },
      { "bedrock-agent", "ConflictException", 409 },
      { "bedrock", "ServiceQuotaExceededException", 400 },
      { "bedrock-agent", "ServiceQuotaExceededException", 402 },
      { "bedrock-runtime", "ModelNotReadyException", 429 },
      { "bedrock-agent-runtime", "ModelNotReadyException", 424 },
      { "bedrock-agentcore", "RuntimeClientError", 424 },
      { "bedrock", "TooManyTagsException", 400 },
      { "bedrock-agent", "TooManyTagsException", -1 },
      { "bedrock", "ModelNotReadyException", -1 },
      { "bedrock", "ThrottlingExceptio", -1 },
      { "bedrock", "ThrottlingExceptions", -1 }, { "bedrock", "", -1 },
    } do
      assert.equal(v[3], status(v[1], v[2]), v[1] .. " " .. v[2])
    end
  end)
end)

-- A key that ends like a name after a NUL is another key. Tables of text
-- that end with NUL tempt to overlook that.
describe("a name with a NUL in it", function()
  it("is no name of the model", function()
    for n = 0, 100 do
      local tail = "\0" .. ("x"):rep(n)
      assert.is_false((unit.find("bedrock" .. tail, "", "")), n)
      assert.is_nil(operation("bedrock", "get_custom_model" .. tail), n)
      assert.equal(-1, member("bedrock", "get_custom_model",
        "modelIdentifier" .. tail), n)
      assert.equal(-1, status("bedrock", "ConflictException" .. tail), n)
    end
  end)
end)

describe("the distance of names", function()
  it("counts edits, case for half", function()
    for _, v in ipairs { { "key", "key", 0 }, { "key", "kee", 2 },
      { "key", "ke", 2 }, { "ke", "key", 2 }, { "s3uri", "s3Uri", 1 },
      { "S3URI", "s3uri", 4 }, { "modelname", "modelNames", 3 },
      { "", "abc", 6 }, { "abc", "", 6 }, { "", "", 0 },
      { "kitten", "sitting", 6 }, { "ab", "ba", 4 } } do
      assert.equal(v[3], unit.distance(v[1], v[2]), v[1] .. " " .. v[2])
      assert.equal(v[3], unit.distance(v[2], v[1]), v[1] .. " " .. v[2])
    end
  end)

  it("stops at the limit, and does not compare what is long", function()
    assert.equal(3, unit.distance("abcdef", "uvwxyz", 3))
    assert.equal(12, unit.distance("abcdef", "uvwxyz", 13))
    assert.equal(0, unit.distance(("a"):rep(63), ("a"):rep(63)))
    assert.equal(100, unit.distance(("a"):rep(64), "b"))
    assert.equal(100, unit.distance("b", ("a"):rep(64)))
    assert.equal(100, unit.distance(("a"):rep(64), ("a"):rep(64)))
  end)
end)
