-- core/codec: published vectors, and every kind of damage.
local unit = require "unit"

describe("base64", function()
  -- RFC 4648, section 10
  local vectors = { [""] = "", f = "Zg==", fo = "Zm8=", foo = "Zm9v",
    foob = "Zm9vYg==", fooba = "Zm9vYmE=", foobar = "Zm9vYmFy" }

  it("agrees with RFC 4648 both ways", function()
    for plain, coded in pairs(vectors) do
      assert.equal(coded, unit.base64(plain))
      assert.equal(plain, unit.unbase64(coded))
    end
  end)

  it("carries every byte at every place", function()
    for shift = 0, 2 do
      local bytes = { ("x"):rep(shift) }
      for b = 0, 255 do bytes[#bytes + 1] = string.char(b) end
      local plain = table.concat(bytes)
      assert.equal(plain, unit.unbase64(unit.base64(plain)))
    end
  end)

  it("is refused wherever it is cut or one byte is another", function()
    local text = unit.base64 "any carnal pleasure."
    for i = 1, #text - 1 do
      assert.equal(i % 4 == 0, unit.unbase64(text:sub(1, i)) ~= nil, i)
    end
    for i = 1, #text do
      for _, bad in ipairs { "\0", "\255", "-", "_", " ", "\n", "." } do
        assert.is_nil(unit.unbase64(text:sub(1, i - 1) .. bad
          .. text:sub(i + 1)), i)
      end
    end
    for i = 1, #text - 2 do
      assert.is_nil(unit.unbase64(text:sub(1, i - 1) .. "="
        .. text:sub(i + 1)), i)
    end
  end)

  it("refuses what is not base64", function()
    for _, bad in ipairs { "Z", "Zg", "Zg=", "Zg=a", "Z===", "====",
      "Zm9v!A==", "Zg==Zg==", "Zm 9", "Zm9\0", "Zm9_", "Zm9-" } do
      assert.is_nil(unit.unbase64(bad), bad)
    end
  end)
end)

describe("UTF-8", function()
  it("passes what is well formed", function()
    for _, good in ipairs { "", "a", "\194\128", "\223\191", "\224\160\128",
      "\237\159\191", "\238\128\128", "\239\191\191", "\240\144\128\128",
      "\244\143\191\191", "a\0b" } do
      assert.is_true(unit.utf8(good))
    end
  end)

  it("tells where it stops", function()
    for text, at in pairs { ["ab\128c"] = 2, ["é\255"] = 2, ["abc"] = 3,
      ["\255"] = 0, [""] = 0, ["😀\240\159\152"] = 4 } do
      assert.equal(at, (select(2, unit.utf8(text))), text)
    end
  end)

  -- Every lead byte with every second byte, against Unicode's table 3-7.
  it("agrees with the table of well-formed bytes", function()
    local function good(a, b)
      if a < 0x80 then return b < 0x80 end
      if b < 0x80 or b > 0xBF or a < 0xC2 or a > 0xF4 then return false end
      return not (a == 0xE0 and b < 0xA0 or a == 0xED and b > 0x9F
        or a == 0xF0 and b < 0x90 or a == 0xF4 and b > 0x8F)
    end
    for a = 0, 255 do
      local more = a < 0xE0 and 0 or a < 0xF0 and 1 or 2
      for b = 0, 255 do
        local text = string.char(a, b) .. ("\128"):rep(more)
        assert.equal(good(a, b), (unit.utf8(text)), a .. " " .. b)
        if more > 0 then
          assert.is_false((unit.utf8(text:sub(1, -2))))
          assert.is_false((unit.utf8(text:sub(1, -2) .. "a")))
        end
      end
    end
  end)

  it("stops at what is not", function()
    for _, bad in ipairs { "\128", "\191", "\192\128", "\193\191", "\194",
      "\194a", "\224\159\191", "\224\160", "\237\160\128", "\240\143\191\191",
      "\240\144\128", "\244\144\128\128", "\245\128\128\128", "\255" } do
      assert.is_false(unit.utf8(bad), bad:byte())
    end
  end)
end)

describe("hexadecimal", function()
  it("is lower case", function()
    assert.equal("00017f80feff", unit.hex "\0\1\127\128\254\255")
    assert.equal("", unit.hex "")
  end)
end)

describe("UUIDs", function()
  it("are version 4 in lower case", function()
    assert.equal("00000000-0000-4000-8000-000000000000",
      unit.uuid(("\0"):rep(16)))
    assert.equal("ffffffff-ffff-4fff-bfff-ffffffffffff",
      unit.uuid(("\255"):rep(16)))
  end)
end)
