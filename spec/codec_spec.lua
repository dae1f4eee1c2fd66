-- core/codec, core/sha256: published vectors, and every kind of damage.
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

  it("stops at what is not", function()
    for _, bad in ipairs { "\128", "\191", "\192\128", "\193\191", "\194",
      "\194a", "\224\159\191", "\224\160", "\237\160\128", "\240\143\191\191",
      "\240\144\128", "\244\144\128\128", "\245\128\128\128", "\255" } do
      assert.is_false(unit.utf8(bad), bad:byte())
    end
  end)
end)

describe("hashes", function()
  it("agree with FIPS 180-2", function()
    assert.equal("ba7816bf8f01cfea414140de5dae2223"
      .. "b00361a396177a9cb410ff61f20015ad", unit.sha256 "abc")
    assert.equal("e3b0c44298fc1c149afbf4c8996fb924"
      .. "27ae41e4649b934ca495991b7852b855", unit.sha256 "")
    assert.equal("cdc76e5c9914fb9281a1c7e284d73e67"
      .. "f1809a48a497200e046d39ccc7112cd0", unit.sha256(("a"):rep(1000000)))
  end)

  it("agree with RFC 4231, with a key used once and with one kept",
    function()
      for _, v in ipairs {
        { ("\11"):rep(20), "Hi There", "b0344c61d8db38535ca8afceaf0bf12b"
          .. "881dc200c9833da726e9376c2e32cff7" },
        { "Jefe", "what do ya want for nothing?",
          "5bdcc146bf60754e6a042426089575c7"
          .. "5a003f089d2739839dec58b964ec3843" },
        { ("\170"):rep(131),
          "Test Using Larger Than Block-Size Key - Hash Key First",
          "60e431591ee0b67f0d8a26aacbf5b77f"
          .. "8e0bc6213728c5140546040f0ee37f54" },
      } do
        assert.equal(v[3], unit.hmac(v[1], v[2]))
        assert.equal(v[3], unit.hmac(v[1], v[2], true))
      end
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
