-- core/uri, core/endpoint: encoding, URLs, the endpoint rule set.
local unit = require "unit"

describe("percent-encoding", function()
  it("keeps what RFC 3986 calls unreserved", function()
    local plain = "AZaz09-._~"
    assert.equal(plain, unit.encode(plain))
    assert.equal("a%2Fb%3A1%20%C3%BC~", unit.encode "a/b:1 ü~")
    assert.equal("a/b%3A", unit.encode("a/b:", "/"))
    assert.equal("%00%FF%2B", unit.encode "\0\255+")
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
      ["http://h/\n"] = "control", ["http://[zz]/"] = "host",
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
    for i = 0, #text do unit.url(text:sub(1, i)) end
  end)
end)

describe("the endpoint", function()
  local function of(region, more)
    more = more or {}
    more.service = more.service or "bedrock-runtime"
    more.region = region
    return unit.endpoint(more)
  end

  it("follows the rule set", function()
    local r = "https://bedrock-runtime"
    assert.equal(r .. ".us-east-1.amazonaws.com", of "us-east-1")
    assert.equal(r .. "-fips.us-east-1.amazonaws.com",
      of("us-east-1", { fips = true }))
    assert.equal(r .. ".eu-west-1.api.aws",
      of("eu-west-1", { dualstack = true }))
    assert.equal(r .. "-fips.eu-west-1.api.aws",
      of("eu-west-1", { dualstack = true, fips = true }))
    assert.equal(r .. ".cn-north-1.amazonaws.com.cn", of "cn-north-1")
    assert.equal("http://h/x", of("us-east-1", { custom = "http://h/x" }))
  end)

  it("has a partition for every region", function()
    for region, id in pairs { ["us-east-1"] = "aws", ["cn-x-9"] = "aws-cn",
      ["us-gov-west-1"] = "aws-us-gov", ["us-iso-east-1"] = "aws-iso",
      ["us-isob-east-1"] = "aws-iso-b", ["eu-isoe-west-1"] = "aws-iso-e",
      ["us-isof-south-1"] = "aws-iso-f", ["eusc-de-east-1"] = "aws-eusc",
      ["aws-cn-global"] = "aws-cn", ["mars-north-1"] = "aws",
      ["us-east"] = "aws", [""] = "aws" } do
      assert.equal(id, unit.partition(region), region)
    end
  end)

  it("refuses what cannot be", function()
    for _, v in ipairs {
      { "", nil, "MissingRegion" }, { "us east", nil, "InvalidRegion" },
      { "-us", nil, "InvalidRegion" }, { "123", nil, "InvalidRegion" },
      { ("x"):rep(64), nil, "InvalidRegion" },
      { "us-east-1", { custom = "http://h", fips = true },
        "InvalidConfiguration" },
      { "us-east-1", { custom = "http://h", dualstack = true },
        "InvalidConfiguration" },
      { "us-east-1", { custom = "h" }, "InvalidEndpoint" },
      { "us-east-1", { custom = "http://h/?a" }, "InvalidEndpoint" },
      { "us-east-1", { custom = "http://h/#a" }, "InvalidEndpoint" },
    } do
      local url, code = of(v[1], v[2])
      assert.is_nil(url)
      assert.equal(v[3], code)
    end
  end)
end)
