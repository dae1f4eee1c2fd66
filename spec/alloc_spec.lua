-- core/alloc: sizes that overflow, and each allocation of the core's leaves
-- failing in turn. (Calls have the same in call_spec.)
local unit = require "unit"

local MEMORY = -10

describe("an array", function()
  it("is not had when its size overflows", function()
    assert.is_true(unit.array(3, 4))
    assert.is_false(unit.array(2 ^ 40, 2 ^ 40))
    assert.is_false(unit.array(2 ^ 62, 4))       -- 2^64 would look like 0
    assert.is_false(unit.array(2 ^ 62 + 2 ^ 12, 4))
  end)
end)

-- Run f with allocation 1, 2, 3, ... failing until it needs no more. Each
-- failure must be told as BR_EMEMORY, and nothing may stay allocated.
local function each_allocation(least, f)
  local expected = { select(3, unit.failing(0, f)) }
  assert.not_equal(nil, expected[1])
  for k = 1, 1000 do
    local out = { unit.failing(k, f) }
    assert.equal(0, out[1], "left behind when allocation " .. k .. " fails")
    if out[2] < k then
      assert.truthy(k - 1 >= least, "only " .. k - 1 .. " allocations")
      for i = 1, #expected do assert.equal(expected[i], out[i + 2]) end
      return
    end
    assert.is_nil(out[3], "allocation " .. k)
    assert.equal(MEMORY, out[4], "allocation " .. k)
  end
  error "it never had enough memory"
end

describe("each allocation failing in turn", function()
  local long = ("x y"):rep(5000)
  for name, case in pairs {
    base64 = { 1, unit.base64, long },
    encode = { 1, unit.encode, long },
    decode = { 1, unit.decode, long },
    json_string = { 1, unit.json_string, long },
    json_number = { 1, unit.json_number, 1 / 3 },
    endpoint = { 1, unit.endpoint, { service = "bedrock",
      region = "us-east-1" } },
    ["custom endpoint"] = { 1, unit.endpoint, { service = "bedrock",
      region = "us-east-1", custom = "https://h/" .. ("p"):rep(3000) } },
  } do
    it("is told by " .. name, function()
      each_allocation(case[1], function() return case[2](case[3]) end)
    end)
  end

  it("is told by a buffer, once and for all", function()
    each_allocation(3, function()
      local text, code = unit.buf(100000, ("a"):rep(100), ("b"):rep(1000),
        ("c"):rep(10000), "d")
      if code ~= 0 then return nil, code end
      return text
    end)
  end)

  it("is told by header fields", function()
    local fields = {}
    for i = 1, 40 do fields[i] = { "Name-" .. i, ("v"):rep(i) } end
    each_allocation(2, function()
      local lines, code = unit.headers(fields, "name-40")
      if code ~= 0 then return nil, code end
      return table.concat(lines, "\n")
    end)
  end)

  it("is told by the signer, whose key is then not trusted", function()
    local function sign()
      unit.forget()
      local request, text, signature = unit.sign { method = "GET",
        path = "/" .. ("a/"):rep(300), query = ("b=c&"):rep(300),
        date = "20150830T123600Z", region = "us-east-1", service = "s",
        hash = "h", secret = "k", headers = { { "Host", "h" },
          { "A", ("v"):rep(1000) } } }
      unit.forget()
      if not request then return nil, text end
      return signature
    end
    each_allocation(8, sign)
  end)
end)
