-- core/date: civil time both ways.
local unit = require "unit"

describe("a moment", function()
  it("is written in the forms of the services", function()
    for _, v in ipairs {
      { 0, "19700101T000000Z", "1970-01-01T00:00:00Z" },
      { 951782400, "20000229T000000Z", "2000-02-29T00:00:00Z" },
      { 1440938160, "20150830T123600Z", "2015-08-30T12:36:00Z" },
      { -1, "19691231T235959Z", "1969-12-31T23:59:59Z" },
      { 253402300799, "99991231T235959Z", "9999-12-31T23:59:59Z" },
      { -62135596800, "00010101T000000Z", "0001-01-01T00:00:00Z" },
    } do
      assert.equal(v[2], unit.date_basic(v[1]))
      assert.equal(v[3], unit.date_iso(v[1]))
    end
  end)

  it("keeps microseconds, or three digits, or none", function()
    assert.equal("1970-01-01T00:00:01.500000Z", unit.date_iso(1.5))
    assert.equal("1970-01-01T00:00:01.500Z", unit.date_iso(1.5, 3))
    assert.equal("1970-01-01T00:00:01.000Z", unit.date_iso(1, 3))
    assert.equal("1969-12-31T23:59:59.500000Z", unit.date_iso(-0.5))
  end)

  it("is refused outside of the years 1 to 9999", function()
    for _, v in ipairs { 253402300800, -62135596801, 1 / 0, -1 / 0, 0 / 0 } do
      assert.is_nil(unit.date_iso(v))
    end
  end)

  it("is read from all that a service or a caller writes", function()
    for text, v in pairs {
      ["2015-08-30T12:36:00Z"] = 1440938160,
      ["2015-08-30t12:36:00z"] = 1440938160,
      ["2015-08-30 12:36:00"] = 1440938160,
      ["20150830T123600Z"] = 1440938160,
      ["2015-08-30T14:36:00+02:00"] = 1440938160,
      ["2015-08-30T10:06:00-0230"] = 1440938160,
      ["2015-08-30T12:36:00.25Z"] = 1440938160.25,
      ["2015-08-30T12:36Z"] = 1440938160,
      ["2015-08-30"] = 1440892800,
      ["Sun, 30 Aug 2015 12:36:00 GMT"] = 1440938160,
      ["30 Aug 2015 12:36:00 +0000"] = 1440938160,
      ["1440938160"] = 1440938160,
      ["1440938160.5"] = 1440938160.5,
      ["-1.5"] = -1.5,
    } do
      assert.equal(v, unit.date_parse(text), text)
    end
  end)

  it("is not read from anything else", function()
    for _, bad in ipairs { "", "x", "2015-13-01", "2015-02-29",
      "2015-08-32T00:00:00Z", "2015-08-30T24:00:00Z", "2015-08-30T12:60:00Z",
      "2015-08-30T12:36:00+25:00", "2015-08-30T12:36:00 x", "0000-01-01",
      "30 Foo 2015 12:36:00 GMT", "1.5.5", "1e5", "99999999999999",
      "2015-08-30T12:36:00Z\0", ("1"):rep(80) } do
      assert.is_nil(unit.date_parse(bad), bad)
    end
  end)

  -- Forms of which another reading would be silent and wrong.
  it("has no year beyond 1 to 9999, however it is written", function()
    for _, bad in ipairs { "9999-12-31T23:59:59-00:01",
      "9999-12-31T23:59:59-23:00", "0001-01-01T00:00:00+00:01",
      "0001-01-01T00:00:00+23:00", "-62135596801", "-99999999999",
      "253402300800", "01 Jan 0001 00:00:00 +0100" } do
      assert.is_nil(unit.date_parse(bad), bad)
    end
    assert.equal(253402300799, unit.date_parse "9999-12-31T23:59:59Z")
    assert.equal(253402300799, unit.date_parse "253402300799")
    assert.equal(-62135596800, unit.date_parse "0001-01-01T00:00:00Z")
    assert.equal(-62135596800, unit.date_parse "-62135596800")
  end)

  it("is the same day both ways, over 800 years", function()
    for day = -200000, 92000, 97 do
      local s = day * 86400 + 43199
      local iso = unit.date_iso(s)
      assert.equal(s, unit.date_parse(iso), iso)
      assert.equal(iso:gsub("[-:]", ""), (unit.date_basic(s)))
    end
  end)

  it("knows leap years", function()
    for text, good in pairs { ["2000-02-29"] = true, ["1900-02-29"] = false,
      ["2024-02-29"] = true, ["2023-02-29"] = false, ["2100-02-29"] = false,
      ["2400-02-29"] = true,
      ["2200-02-29"] = false, ["2024-02-30"] = false, ["2024-04-31"] = false,
      ["2024-12-31"] = true, ["2024-12-32"] = false, ["2024-00-01"] = false,
      ["2024-01-00"] = false } do
      assert.equal(good, unit.date_parse(text) ~= nil, text)
    end
  end)

  it("has the seventh digit of a fraction cut", function()
    assert.equal(0.123456, unit.date_parse "1970-01-01T00:00:00.1234567Z")
    assert.equal(0.1, unit.date_parse "1970-01-01T00:00:00,1Z")
    assert.equal(-0.75, unit.date_parse "1969-12-31T23:59:59.25Z")
  end)

  -- Which of the first n letters are a time of their own is worth a list.
  it("survives every cut of its text", function()
    local function good(text)
      local list = {}
      for i = 0, #text do
        if unit.date_parse(text:sub(1, i)) then list[#list + 1] = i end
      end
      return table.concat(list, " ")
    end
    assert.equal("22 25 26 27 28 29 30 31 32 33 36 37 39",
      good "Sun, 30 Aug 2015 12:36:00.123456 +02:00")
    assert.equal("1 2 3 4 10 16 19 20 21 22 23 24 25 26 29 30 32",
      good "2015-08-30T12:36:00.123456+02:00")
  end)
end)
