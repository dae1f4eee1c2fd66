-- core/sha256: FIPS 180 and RFC 4231.
local unit = require "unit"

describe("SHA-256", function()
  it("agrees with the examples of FIPS 180", function()
    for text, hash in pairs {
      [""] = "e3b0c44298fc1c149afbf4c8996fb924"
        .. "27ae41e4649b934ca495991b7852b855",
      abc = "ba7816bf8f01cfea414140de5dae2223"
        .. "b00361a396177a9cb410ff61f20015ad",
      abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq =
        "248d6a61d20638b8e5c026930c3e6039"
        .. "a33ce45964ff2167f6ecedd419db06c1",
      ["abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmn"
        .. "hijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu"] =
        "cf5b16a778af8380036ce59e7b049237"
        .. "0b249b11e8f07a51afac45037afee9d1",
      [("a"):rep(1000000)] = "cdc76e5c9914fb9281a1c7e284d73e67"
        .. "f1809a48a497200e046d39ccc7112cd0",
    } do
      assert.equal(hash, unit.sha256(text), #text)
    end
  end)
end)

describe("HMAC-SHA-256", function()
  local aa, number = ("\170"):rep(20), {}
  for i = 1, 25 do number[i] = string.char(i) end

  it("agrees with RFC 4231, with a key used once and with one kept",
    function()
      for i, v in ipairs {
        { ("\11"):rep(20), "Hi There", "b0344c61d8db38535ca8afceaf0bf12b"
          .. "881dc200c9833da726e9376c2e32cff7" },
        { "Jefe", "what do ya want for nothing?",
          "5bdcc146bf60754e6a042426089575c7"
          .. "5a003f089d2739839dec58b964ec3843" },
        { aa, ("\221"):rep(50), "773ea91e36800e46854db8ebd09181a7"
          .. "2959098b3ef8c122d9635514ced565fe" },
        { table.concat(number), ("\205"):rep(50),
          "82558a389a443c0ea4cc819899f2083a"
          .. "85f0faa3e578f8077a2e3ff46729665b" },
        { ("\170"):rep(131),
          "Test Using Larger Than Block-Size Key - Hash Key First",
          "60e431591ee0b67f0d8a26aacbf5b77f"
          .. "8e0bc6213728c5140546040f0ee37f54" },
        { ("\170"):rep(131), "This is a test using a larger than block-size"
          .. " key and a larger than block-size data. The key needs to be "
          .. "hashed before being used by the HMAC algorithm.",
          "9b09ffa71b942fcb27635fbcd5b0e944"
          .. "bfdc63644f0713938a7f51535c3a35e2" },
      } do
        assert.equal(v[3], unit.hmac(v[1], v[2]), i)
        assert.equal(v[3], unit.hmac(v[1], v[2], true), i)
      end
    end)
end)
