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

describe("the canonical path", function()
  it("is normalised and encoded once more", function()
    for path, want in pairs {
      [""] = "/", ["/"] = "/", ["//"] = "/", ["/a/"] = "/a/",
      ["/a//b"] = "/a/b", ["/a/../b"] = "/b", ["/a/.."] = "/",
      ["/a/b/.."] = "/a/", ["/./a"] = "/a", ["/a/."] = "/a/",
      ["/../.."] = "/", ["/a%3Ab"] = "/a%253Ab", ["/a b"] = "/a%20b",
      ["/-._~"] = "/-._~",
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
      "Transfer-Encoding", "Expect", "Authorization", "TE" } do
      local request = sign { headers = { { name, "x" }, { "Host", "h" } } }
      assert.falsy(request:find(name:lower(), 1, true), name)
    end
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
