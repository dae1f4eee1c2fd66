-- core/sigv4: the three stages, against the published suite's figures and
-- four requests to the services. The suite itself runs in the conformance
-- test.
local unit = require "unit"

local SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
local EMPTY = "e3b0c44298fc1c149afbf4c8996fb924"
  .. "27ae41e4649b934ca495991b7852b855"

local function sign(over)
  local s = { method = "GET", path = "/", query = "", hash = EMPTY,
    date = "20150830T123600Z", region = "us-east-1", service = "service",
    secret = SECRET, headers = { { "Host", "example.amazonaws.com" },
      { "X-Amz-Date", "20150830T123600Z" } } }
  for k, v in pairs(over or {}) do s[k] = v end
  return unit.sign(s)
end

teardown(unit.forget)

local function canonical_path(path)
  return (sign { path = path }:match "^GET\n(.-)\n")
end

local function canonical_query(query)
  return (sign { query = query }:match "^GET\n/\n(.-)\n")
end

describe("the suite's get-vanilla", function()
  it("agrees in each stage", function()
    local request, text, signature = sign()
    assert.equal("GET\n/\n\nhost:example.amazonaws.com\n"
      .. "x-amz-date:20150830T123600Z\n\nhost;x-amz-date\n" .. EMPTY,
      request)
    assert.equal("AWS4-HMAC-SHA256\n20150830T123600Z\n"
      .. "20150830/us-east-1/service/aws4_request\n"
      .. "bb579772317eb040ac9ed261061d46c1"
      .. "f17a8133879d6129b6e1c25292927e63", text)
    assert.equal("5fa00fa31553b73ebf1942676e86291e"
      .. "8372ff2a2260956d9b8aae1d763fbf31", signature)
  end)
end)

-- Each stage of cases that differ in more than one thing.
describe("the suite's", function()
  local HOST = { "Host", "example.amazonaws.com" }
  local DATE = { "X-Amz-Date", "20150830T123600Z" }
  local LINES = "\nhost:example.amazonaws.com\n"

  for name, case in pairs {
    ["get-vanilla-query-order-encoded"] = {
      { query = "Param-3=Value3&Param=Value2&%E1%88%B4=Value1" },
      "GET\n/\n%E1%88%B4=Value1&Param=Value2&Param-3=Value3" .. LINES
        .. "x-amz-date:20150830T123600Z\n\nhost;x-amz-date\n" .. EMPTY,
      "371d3713e185cc334048618a97f809c9ffe339c62934c032af5a0e595648fcac" },
    ["post-header-value-case"] = {
      { method = "POST", headers = { HOST, { "My-Header1", "VALUE1" },
        DATE } },
      "POST\n/\n" .. LINES .. "my-header1:VALUE1\n"
        .. "x-amz-date:20150830T123600Z\n\nhost;my-header1;x-amz-date\n"
        .. EMPTY,
      "cdbc9802e29d2942e5e10b5bccfdd67c5f22c7c4e8ae67b53629efa58b974b7d" },
    ["get-header-value-multiline"] = {
      { headers = { HOST, { "My-Header1", "value1   value2     value3" },
        DATE } },
      "GET\n/\n" .. LINES .. "my-header1:value1 value2 value3\n"
        .. "x-amz-date:20150830T123600Z\n\nhost;my-header1;x-amz-date\n"
        .. EMPTY,
      "cfd34249e4b1c8d6b91ef74165d41a32e5fab3306300901bb65a51a73575eefd" },
    ["get-utf8"] = {
      { path = "/ሴ" },
      "GET\n/%E1%88%B4\n" .. LINES .. "x-amz-date:20150830T123600Z\n\n"
        .. "host;x-amz-date\n" .. EMPTY,
      "8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85" },
    ["get-space-normalized"] = {
      { path = "/example space/" },
      "GET\n/example%20space/\n" .. LINES
        .. "x-amz-date:20150830T123600Z\n\nhost;x-amz-date\n" .. EMPTY,
      "652487583200325589f1fba4c7e578f72c47cb61beeca81406b39ddec1366741" },
    ["get-vanilla-with-session-token"] = {
      { headers = { HOST, DATE, { "X-Amz-Security-Token", "6e86291e8372ff2a"
        .. "2260956d9b8aae1d763fbf315fa00fa31553b73ebf194267" } } },
      "GET\n/\n" .. LINES .. "x-amz-date:20150830T123600Z\n"
        .. "x-amz-security-token:6e86291e8372ff2a2260956d9b8aae1d763fbf31"
        .. "5fa00fa31553b73ebf194267\n\n"
        .. "host;x-amz-date;x-amz-security-token\n" .. EMPTY,
      "07ec1639c89043aa0e3e2de82b96708f198cceab042d4a97044c66dd9f74e7f8" },
  } do
    it(name .. " agrees in each stage", function()
      local request, text, signature = sign(case[1])
      assert.equal(case[2], request)
      assert.equal("AWS4-HMAC-SHA256\n20150830T123600Z\n"
        .. "20150830/us-east-1/service/aws4_request\n"
        .. unit.sha256(case[2]), text)
      assert.equal(case[3], signature)
    end)
  end
end)

-- The key of the last secret and scope is kept: a wrong one must not be.
describe("the kept key", function()
  it("is that of the secret, day, region and service", function()
    unit.forget()
    local first = select(3, sign())
    for _, over in ipairs { { secret = "x" }, { region = "us-east-2" },
      { service = "servicf" }, { date = "20150831T123600Z" },
      { secret = SECRET .. "x" }, { region = "us-east-1/service",
        service = "" }, { date = "20150830T123601Z" } } do
      local kept = select(3, sign(over))
      unit.forget()
      assert.equal(select(3, sign(over)), kept)
      assert.not_equal(first, kept)
      assert.equal(first, (select(3, sign())))
      assert.equal(first, (select(3, sign())))
    end
  end)

  it("may come from a secret of at most 512 bytes", function()
    assert.equal(64, #select(3, sign { secret = ("s"):rep(512) }))
    assert.same({ n = 2, [2] = -11 }, { n = 2, sign {
      secret = ("s"):rep(513) } })
  end)
end)

describe("the canonical path", function()
  it("is normalised and encoded once more", function()
    for path, want in pairs {
      [""] = "/", ["/"] = "/", ["//"] = "/", ["/a/"] = "/a/",
      ["/a//b"] = "/a/b", ["/a/../b"] = "/b", ["/a/.."] = "/",
      ["/a/b/.."] = "/a/", ["/./a"] = "/a", ["/a/."] = "/a/",
      ["/../.."] = "/", ["/a%3Ab"] = "/a%253Ab", ["/a b"] = "/a%20b",
      ["/-._~"] = "/-._~", ["/..."] = "/...", ["/.a/..b"] = "/.a/..b",
      ["/a/./b/../c"] = "/a/c", ["/../a"] = "/a", ["/a/b/../../.."] = "/",
      ["/a/../../b/"] = "/b/", ["/%2E%2E/a"] = "/%252E%252E/a",
      ["///a///"] = "/a/",
    } do
      assert.equal(want, canonical_path(path), path)
    end
  end)
end)

describe("the canonical query", function()
  it("is encoded once and sorted by name, then value", function()
    for query, want in pairs {
      ["b=2&a=1"] = "a=1&b=2", ["a=2&a=1"] = "a=1&a=2", ["a"] = "a=",
      ["a=b=c"] = "a=b%3Dc", ["a=%20+"] = "a=%20%2B", ["&&a=1&"] = "a=1",
      ["aa=1&a=2"] = "a=2&aa=1", ["a-b=1&a=2"] = "a=2&a-b=1",
      ["a=1&A=1"] = "A=1&a=1", ["a=&a"] = "a=&a=", ["=v"] = "=v",
      ["a=%2f%2F"] = "a=%2F%2F", ["a=%"] = "a=%25", ["a=%4"] = "a=%254",
      ["a=ü"] = "a=%C3%BC", ["&"] = "", ["b&a=2&a=10"] = "a=10&a=2&b=",
      ["tagKeys=a&tagKeys=b%20c"] = "tagKeys=a&tagKeys=b%20c",
    } do
      assert.equal(want, canonical_query(query), query)
    end
  end)
end)

describe("the canonical headers", function()
  it("are lower case, sorted, folded and joined", function()
    local request = sign { headers = { { "My-Header1", "value2" },
      { "Host", "h" }, { "X-Amz-Date", "d" }, { "my-header1", " a   b  c " },
      { "My-Header1", "" } } }
    assert.truthy(request:find("\nhost:h\nmy-header1:value2,a b c,\n"
      .. "x-amz-date:d\n\nhost;my-header1;x-amz-date\n", 1, true))
  end)

  it("leave out what proxies change", function()
    for _, name in ipairs { "User-Agent", "Connection", "X-Amzn-Trace-Id",
      "Transfer-Encoding", "Expect", "Authorization", "TE", "keep-alive",
      "Proxy-Authenticate", "Proxy-Authorization", "Trailer", "Upgrade",
      "USER-AGENT" } do
      local request = sign { headers = { { name, "x" }, { "Host", "h" } } }
      assert.falsy(request:find(name:lower(), 1, true), name)
    end
  end)
end)

describe("more header fields than any request has", function()
  it("are refused, not left unsigned", function()
    local headers = { { "Host", "h" } }
    for i = 2, 128 do headers[i] = { "H" .. i, "v" } end
    assert.equal(64, #select(3, sign { headers = headers }))
    headers[129] = { "A", "v" }
    local request, code = sign { headers = headers }
    assert.is_nil(request)
    assert.equal(-11, code)
  end)
end)

describe("requests to the services", function()
  local function service(over)
    over.date = "20260807T120000Z"
    over.service = over.service or "bedrock"
    table.insert(over.headers, { "X-Amz-Date", over.date })
    local _, _, signature = sign(over)
    return signature
  end

  it("agree with botocore's signer", function()
    local runtime = "bedrock-runtime.us-east-1.amazonaws.com"
    assert.equal("7f14354d85079bb0c7e3445f84d38c6f"
      .. "687aef4a1b44a4a610299d791d693546", service { method = "POST",
      path = "/model/anthropic.claude-3-5-sonnet-20240620-v1%3A0/invoke",
      hash = unit.sha256 '{"a":1}', headers = { { "Host", runtime },
        { "Content-Type", "application/json" },
        { "Accept", "application/json" } } })
    assert.equal("e7517b74865e82ff27e060880ec76e30"
      .. "48138d04dd3771e05e6c0cfcbfbe3f7f", service { method = "POST",
      path = "/model/arn%3Aaws%3Abedrock%3Aus-east-1%3A123456789012"
        .. "%3Ainference-profile%2Fus.amazon.nova-lite-v1%3A0/converse",
      hash = unit.sha256 "{}", headers = { { "Host", runtime },
        { "Content-Type", "application/json" },
        { "X-Amz-Security-Token", "TOKEN/+=" } } })
    assert.equal("239c81dcfbb271501222519546d46a53"
      .. "800675afbc0c9a917dc0409bc520e54a", service {
      path = "/async-invoke", headers = { { "Host", runtime } },
      query = "maxResults=5&submitTimeAfter=2026-01-02T03%3A04%3A05Z" })
    assert.equal("0fd8da27e7d681814a7c82d64f3796c8"
      .. "49f3f2888f34a9bd7bfd9954bb275f96", service { method = "POST",
      region = "us-west-2", service = "bedrock-agentcore",
      path = "/runtimes/arn%3Aaws%3Abedrock-agentcore%3Aus-west-2"
        .. "%3A123456789012%3Aruntime%2Fr-1/invocations",
      query = "qualifier=DEFAULT", hash = unit.sha256 "x", headers = {
        { "Host", "bedrock-agentcore.us-west-2.amazonaws.com" },
        { "X-Amzn-Trace-Id", "Root=1-2-3" },
        { "X-Amzn-Bedrock-AgentCore-Runtime-Session-Id",
          "0123456789012345678901234567890123" },
        { "traceparent", "00-a-b-01" } } })
  end)
end)
