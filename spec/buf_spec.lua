-- core/buf: growth, ceilings, and errors that stick.
local unit = require "unit"

local OK, LIMIT = 0, -11

-- content, error, capacity after these steps; see U_buf.
local buf = unit.buf

-- { content, error }
local function both(...)
  local text, code = buf(...)
  return { text, code }
end

describe("a buffer", function()
  it("is what was appended", function()
    assert.same({ "", OK, 0 }, { buf(10) })
    assert.equal("abc", (buf(10, "a", "", "bc")))
    assert.equal("a\0b", (buf(10, "a\0b")))
    assert.equal("ab...c", (buf(10, "ab", 3, "c")))
    local expected, steps = {}, {}
    for i = 1, 200 do
      steps[i] = ("%d,"):format(i):rep(i)
      expected[i] = steps[i]
    end
    assert.equal(table.concat(expected),
      (buf(2 ^ 20, (table.unpack or unpack)(steps))))
  end)

  it("may be filled to its ceiling and not a byte further", function()
    for _, max in ipairs { 1, 2, 63, 64, 127, 128, 129, 1000, 65536 } do
      local text, code, cap = buf(max, ("x"):rep(max))
      assert.same({ max, OK }, { #text, code })
      assert.truthy(cap <= max + 1 and cap > max, cap)
      assert.same({ "", LIMIT }, both(max, ("x"):rep(max + 1)), max)
    end
    assert.same({ "abc", LIMIT }, both(3, "abc", "d"))
    assert.same({ "", LIMIT }, both(3, 4))
    assert.same({ "...", OK }, both(3, 3))
  end)

  it("keeps its first error, and what it had", function()
    assert.same({ "ab", LIMIT }, both(4, "ab", "too long", "c", 1))
  end)

  it("forgets content and error when it is cleared", function()
    local text, code, cap = buf(100000, ("x"):rep(70000), ("x"):rep(40000),
      "clear", "new")
    assert.same({ "new", OK }, { text, code })
    assert.truthy(cap > 70000)
  end)

  it("gives large memory back when it is trimmed", function()
    local _, _, cap = buf(200000, ("x"):rep(70000), "trim", "a")
    assert.equal(128, cap)
    _, _, cap = buf(200000, ("x"):rep(50000), "trim", "a")
    assert.truthy(cap > 50000)
    assert.same({ "abcd", OK }, both(4, "too long", "trim", "abcd"))
  end)

  it("is a C string on request, also when it is full", function()
    assert.equal("0", (buf(10, "cstr")))
    assert.equal("abc3", (buf(10, "abc", "cstr")))
    assert.equal("128", (buf(300, ("x"):rep(128), "cstr")):sub(-3))
  end)

  it("takes formatted text of at most 511 bytes", function()
    local most = ("y"):rep(511)
    assert.same({ most, OK }, both(1000, "format", most))
    assert.same({ "", LIMIT }, both(1000, "format", most .. "y"))
    assert.same({ "ab", LIMIT }, both(4, "ab", "format", "cde"))
  end)

  it("grows seldom", function()
    local steps = {}
    for i = 1, 200 do steps[i] = ("x"):rep(1000) end
    local left, made = unit.failing(0, buf, 2 ^ 20,
      (table.unpack or unpack)(steps))
    assert.equal(0, left)
    assert.truthy(made <= 12, made)
  end)
end)
