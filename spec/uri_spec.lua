-- core/uri: percent-encoding and URLs.
local unit = require "unit"

describe("percent-encoding", function()
  it("keeps what RFC 3986 calls unreserved", function()
    local plain = "AZaz09-._~"
    assert.equal(plain, unit.encode(plain))
    assert.equal("a%2Fb%3A1%20%C3%BC~", unit.encode "a/b:1 ü~")
    assert.equal("a/b%3A", unit.encode("a/b:", "/"))
    assert.equal("%00%FF%2B", unit.encode "\0\255+")
  end)

  it("is for every byte alone what RFC 3986 says", function()
    for b = 0, 255 do
      local char = string.char(b)
      local coded = unit.encode(char)
      assert.equal(char:find "^[A-Za-z0-9._~-]$" and char
        or ("%%%02X"):format(b), coded)
      assert.equal(char, unit.decode(coded))
      if #coded == 3 then assert.equal(char, unit.decode(coded:lower())) end
    end
  end)

  it("is undone, and damage stays", function()
    assert.equal("a/b ", unit.decode "a%2fb%20")
    assert.equal("%", unit.decode "%")
    assert.equal("%4", unit.decode "%4")
    assert.equal("%zz", unit.decode "%zz")
    assert.equal("+", unit.decode "+")
  end)
end)

describe("a URL", function()
  it("is taken apart", function()
    local u = unit.url "HTTPS://Host.Example:8443/a/b?c=d#e"
    assert.same({ host = "Host.Example", port = 8443, path = "/a/b",
      query = "c=d", secure = true, loopback = false,
      sent = "host.example:8443" }, u)
    assert.equal("h", unit.url("https://h:443").sent)
    assert.equal("h", unit.url("http://h:80/").sent)
    assert.equal("h:443", unit.url("http://h:443").sent)
    assert.equal("[::1]:8080", unit.url("http://[::1]:8080/x").sent)
  end)

  it("tells what is wrong with it", function()
    for bad, why in pairs {
      ["ftp://h"] = "begin with", ["h"] = "begin with",
      ["http:/h"] = "begin with", ["http://"] = "host",
      ["http://u:p@h/"] = "user name", ["http://h:0/"] = "port",
      ["http://h:65536/"] = "port", ["http://h:x/"] = "port",
      ["http://a b/"] = "host", ["http://[::1"] = "host",
      ["http://h/\n"] = "control", ["http://h/\0"] = "control",
      ["http://h/\127"] = "control", ["http://h\0/"] = "control",
      ["http://h:/"] = "port", ["http://h:-1/"] = "port",
      ["http://h:99999999999/"] = "port", ["http://[::1]x/"] = "port",
      ["http://h@/"] = "user name", ["http://:80/"] = "host",
      ["http://a\\b/"] = "host", ["http://é/"] = "host",
      ["http://?"] = "host", ["http://#"] = "host", ["http://[]/"] = "host",
      ["http\0://h"] = "begin with", [""] = "begin with",
      ["http"] = "begin with", ["http:"] = "begin with",
      ["http://" .. ("a"):rep(256)] = "host", ["http://[zz]/"] = "host",
    } do
      local u, message = unit.url(bad)
      assert.is_nil(u, bad)
      assert.truthy(message:find(why, 1, true), bad .. ": " .. message)
    end
  end)

  it("knows this machine", function()
    for host, is in pairs { localhost = true, ["127.0.0.1"] = true,
      ["127.9.9.9"] = true, ["[::1]"] = true, ["127.evil.example"] = false,
      ["128.0.0.1"] = false, ["localhost.example"] = false } do
      assert.equal(is, unit.url("http://" .. host .. "/").loopback, host)
    end
  end)

  it("survives every cut of its text", function()
    local text = "https://[fd00:ec2::254]:8443/a%20b/c?d=e&f#g"
    local first = #"https://[fd00:ec2::254]"
    for i = 0, #text do
      local u, why = unit.url(text:sub(1, i))
      -- whole from its host on, but for a colon without a port
      assert.equal(i >= first and i ~= first + 1, u ~= nil, i)
      assert.truthy(u or #why > 0)
    end
  end)
end)
