-- core/http: header fields in one buffer.
local unit = require "unit"

local INPUT, LIMIT = -1, -11

describe("header fields", function()
  it("lie as lines, in order, without the white space at both ends",
    function()
      local lines, code = unit.headers({ { "Host", "h" },
        { "A", " \t b  c\t " }, { "Empty", "" }, { "Blank", " \t" },
        { "a", "2" } }, "x")
      assert.equal(0, code)
      assert.same({ "Host: h", "A: b  c", "Empty: ", "Blank: ", "a: 2" },
        lines)
    end)

  it("are found by name in any case; the first counts", function()
    local list = { { "Content-Type", "1" }, { "content-type", "2" },
      { "Content-Typ", "3" }, { "Empty", "" } }
    for name, want in pairs { ["Content-Type"] = { "1", 0 },
      ["CONTENT-TYPE"] = { "1", 0 }, ["content-typ"] = { "3", 2 },
      empty = { "", 3 }, ["content-types"] = { nil, -1 }, [""] = { nil, -1 },
      content = { nil, -1 } } do
      local _, _, value, index = unit.headers(list, name)
      assert.equal(want[1], value, name)
      assert.equal(want[2], index, name)
    end
    assert.equal(-1, (select(4, unit.headers({}, "a"))))
  end)

  it("with CR, LF or NUL are refused whole", function()
    for _, bad in ipairs { "\r", "\n", "\0", "\r\n", "a\rb", "a\nX: y",
      "a\0b", "\na", "a\n" } do
      for _, field in ipairs { { "A", bad }, { bad, "a" } } do
        local lines, code = unit.headers({ field, { "B", "c" } }, "a")
        assert.equal(INPUT, code)
        assert.same({ "B: c" }, lines)
      end
    end
  end)

  it("stop at 256 KiB in all", function()
    local kib = ("v"):rep(1024 - 5)        -- with "N: " and its NUL: 1023
    local list = {}
    for i = 1, 256 do list[i] = { "N", kib } end
    local lines, code = unit.headers(list, "x")
    assert.same({ 0, 256 }, { code, #lines })
    list[257] = { "N", kib }
    lines, code = unit.headers(list, "x")
    assert.same({ LIMIT, 256 }, { code, #lines })
    -- the index has the same ceiling: 16 bytes a field
    list = {}
    for i = 1, 16385 do list[i] = { "", "" } end
    lines, code = unit.headers(list, "x")
    assert.same({ LIMIT, 16384 }, { code, #lines })
  end)
end)
