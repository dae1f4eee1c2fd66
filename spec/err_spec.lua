-- core/err: the record of fixed size.
local unit = require "unit"

describe("a code", function()
  it("has the kind that Lua shows", function()
    for code, kind in pairs { [0] = "ok", [-1] = "input", [-2] = "config",
      [-3] = "credentials", [-4] = "connection", [-5] = "timeout",
      [-6] = "service", [-7] = "stream", [-8] = "decode",
      [-9] = "cancelled", [-10] = "memory", [-11] = "decode",
      [-12] = "decode", [-1000] = "decode", [1] = "decode" } do
      assert.equal(kind, (select(5, unit.err(code, "N", "m"))), code)
    end
  end)
end)

describe("a record", function()
  it("holds what it was given", function()
    assert.same({ -2, "MissingRegion", "no region", "set one", "config" },
      { unit.err(-2, "MissingRegion", "no region", "set one") })
  end)

  it("has no hint but its own", function()
    assert.equal("", (select(4, unit.err(-2, "A", "b"))))
  end)

  it("of memory needs none", function()
    local left, made, code, name, message, _, kind = unit.failing(1, unit.err)
    assert.same({ 0, 0, -10, "OutOfMemory", "not enough memory", "memory" },
      { left, made, code, name, message, kind })
  end)

  it("cuts long texts, between characters", function()
    for _, char in ipairs { "a", "\195\169", "\226\130\172",
      "\240\159\152\128" } do
      for shift = 0, 3 do
        local text = ("x"):rep(shift) .. char:rep(1000)
        local _, _, message, hint = unit.err(-1, "N", text, text)
        for _, v in ipairs { { message, 640 }, { hint, 320 } } do
          assert.is_true((unit.utf8(v[1])), #char .. " at " .. shift)
          assert.equal(v[1], text:sub(1, #v[1]))
          assert.truthy(#v[1] < v[2] and #v[1] >= v[2] - 8, #v[1])
        end
      end
    end
    local _, name = unit.err(-1, ("N"):rep(200), "m")
    assert.equal(("N"):rep(95), name)
  end)

  it("is not cut when it fits to the byte", function()
    local text = ("x"):rep(635) .. "\240\159\152\128"
    assert.equal(text, (select(3, unit.err(-1, "N", text))))
  end)
end)
