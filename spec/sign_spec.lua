-- bedrock.sign: the figures of botocore's signer, and what it refuses.
local bedrock = require "bedrock"
local echo = require "spec.support.echo"
local json = require "dkjson"
local standin = require "spec.support.standin"

local TIME = 1786104000      -- 20260807T120000Z
local KEY = "AKIDEXAMPLE"
local SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
local RUNTIME = "https://bedrock-runtime.us-east-1.amazonaws.com"

local function options(more)
  local o = { region = "us-east-1", service = "bedrock", time = TIME,
    credentials = { access_key_id = KEY, secret_access_key = SECRET } }
  for name, value in pairs(more or {}) do o[name] = value end
  return o
end

local function with_token(token)
  return options { credentials = { access_key_id = KEY,
    secret_access_key = SECRET, session_token = token } }
end

local function parts(headers)
  return headers.Authorization:match(
    "^AWS4%-HMAC%-SHA256 Credential=(%S+), SignedHeaders=(%S+), "
    .. "Signature=(%x+)$")
end

local function signature(request, o)
  local _, _, hex = parts(assert(bedrock.sign(request, o or options())))
  assert.equal(64, #hex)
  return hex
end

local VECTORS = {
  { name = "a model's name in the path", signed =
      "accept;content-type;host;x-amz-date", signature =
      "7f14354d85079bb0c7e3445f84d38c6f687aef4a1b44a4a610299d791d693546",
    request = { method = "POST", url = RUNTIME .. "/model/anthropic."
        .. "claude-3-5-sonnet-20240620-v1%3A0/invoke", body = '{"a":1}',
      headers = { ["Content-Type"] = "application/json",
        Accept = "application/json" } } },
  { name = "an ARN in the path, a session token", token = "TOKEN/+=",
    signed = "content-type;host;x-amz-date;x-amz-security-token",
    signature =
      "e7517b74865e82ff27e060880ec76e3048138d04dd3771e05e6c0cfcbfbe3f7f",
    request = { method = "POST", url = RUNTIME .. "/model/arn%3Aaws%3A"
        .. "bedrock%3Aus-east-1%3A123456789012%3Ainference-profile%2Fus."
        .. "amazon.nova-lite-v1%3A0/converse", body = "{}",
      headers = { ["Content-Type"] = "application/json" } } },
  { name = "a query, no body", signed = "host;x-amz-date", signature =
      "239c81dcfbb271501222519546d46a53800675afbc0c9a917dc0409bc520e54a",
    request = { url = RUNTIME .. "/async-invoke?maxResults=5&"
      .. "submitTimeAfter=2026-01-02T03%3A04%3A05Z" } },
  { name = "headers that stay unsigned",
    signed = "host;traceparent;x-amz-date;"
      .. "x-amzn-bedrock-agentcore-runtime-session-id", signature =
      "0fd8da27e7d681814a7c82d64f3796c849f3f2888f34a9bd7bfd9954bb275f96",
    service = "bedrock-agentcore", region = "us-west-2",
    request = { method = "POST", body = "x",
      url = "https://bedrock-agentcore.us-west-2.amazonaws.com/runtimes/"
        .. "arn%3Aaws%3Abedrock-agentcore%3Aus-west-2%3A123456789012%3A"
        .. "runtime%2Fr-1/invocations?qualifier=DEFAULT",
      headers = { ["X-Amzn-Trace-Id"] = "Root=1-2-3",
        ["X-Amzn-Bedrock-AgentCore-Runtime-Session-Id"] =
          "0123456789012345678901234567890123",
        traceparent = "00-a-b-01" } } },
}

describe("bedrock.sign", function()
  for _, v in ipairs(VECTORS) do
    it("gives botocore's figure: " .. v.name, function()
      local o = v.token and with_token(v.token) or options()
      o.service, o.region = v.service or o.service, v.region or o.region
      local headers = assert(bedrock.sign(v.request, o))
      local credential, signed, hex = parts(headers)
      assert.equal(KEY .. "/20260807/" .. o.region .. "/" .. o.service
        .. "/aws4_request", credential)
      assert.equal(v.signed, signed)
      assert.equal(v.signature, hex)
      assert.equal("20260807T120000Z", headers["X-Amz-Date"])
      assert.equal(v.token, headers["X-Amz-Security-Token"])
      for name, value in pairs(v.request.headers or {}) do
        assert.equal(value, headers[name])
      end
    end)
  end

  it("leaves the caller's tables as they are", function()
    local given = { Accept = "a", authorization = "old" }
    local headers = bedrock.sign({ url = RUNTIME, headers = given },
      options())
    assert.same({ Accept = "a", authorization = "old" }, given)
    assert.not_equal(given, headers)
  end)

  it("replaces what it makes itself, in any case", function()
    local plain = bedrock.sign({ url = RUNTIME }, options())
    for _, names in ipairs {
      { "Authorization", "X-Amz-Date", "X-Amz-Security-Token" },
      { "authorization", "x-amz-date", "x-amz-security-token" },
      { "AUTHORIZATION", "X-AMZ-DATE", "X-AMZ-SECURITY-TOKEN" },
    } do
      local given = {}
      for _, name in ipairs(names) do given[name] = "old" end
      assert.same(plain,
        bedrock.sign({ url = RUNTIME, headers = given }, options()))
    end
  end)

  it("needs no method, headers, body or time", function()
    local bare = signature { url = RUNTIME }
    assert.equal(bare, signature { url = RUNTIME, method = "GET",
      headers = {}, body = "" })
    assert.equal(bare, signature({ url = RUNTIME }, with_token(nil)))
    assert.equal(bare, signature({ url = RUNTIME }, with_token ""))
    local o = options()
    o.time = nil
    local now = os.date("!%Y%m%dT%H%M", os.time() - 2)
    local stamp = bedrock.sign({ url = RUNTIME }, o)["X-Amz-Date"]
    assert.truthy(stamp:sub(1, 13) >= now, stamp)
    assert.truthy(stamp:match "^%d%d%d%d%d%d%d%dT%d%d%d%d%d%dZ$", stamp)
  end)

  it("signs every part of the request", function()
    local base = { method = "POST", url = RUNTIME .. "/a?b=c", body = "d",
      headers = { ["X-Amz-E"] = "f" } }
    local seen = { [signature(base)] = "nothing" }
    local function differs(what, request, o)
      local hex = signature(request, o)
      assert.is_nil(seen[hex], what)
      seen[hex] = what
    end
    for name, value in pairs { method = "PUT", url = RUNTIME .. "/a?b=d",
      body = "e", headers = { ["X-Amz-E"] = "g" } } do
      local other = {}
      for k, v in pairs(base) do other[k] = v end
      other[name] = value
      differs(name, other)
    end
    for name, value in pairs { region = "eu-west-1", service = "sts",
      time = TIME + 1, credentials = { access_key_id = KEY,
        secret_access_key = "other" } } do
      differs(name, base, options { [name] = value })
    end
    differs("token", base, with_token "t")
  end)

  it("signs a repeated header as one with commas", function()
    local function of(value)
      return signature { url = RUNTIME, headers = { ["X-Amz-A"] = value } }
    end
    assert.equal(of "1,2", of { "1", "2" })
    assert.equal(of "1", of { "1" })
    assert.not_equal(of "1,2", of { "2", "1" })
    local _, signed = parts(bedrock.sign({ url = RUNTIME,
      headers = { ["X-Amz-A"] = { "1", "2" } } }, options()))
    assert.equal("host;x-amz-a;x-amz-date", signed)
  end)

  it("takes white space of values together", function()
    local function of(value)
      return signature { url = RUNTIME, headers = { ["X-Amz-A"] = value } }
    end
    assert.equal(of "a b", of "  a   b ")
  end)

  it("takes the Host that is given", function()
    local function of(host)
      return signature { url = RUNTIME, headers = { Host = host } }
    end
    assert.equal(signature { url = RUNTIME },
      of "bedrock-runtime.us-east-1.amazonaws.com")
    assert.not_equal(of "a", of "b")
  end)

  it("takes a hash of the body that is given", function()
    local function of(hash, body)
      return signature { url = RUNTIME, body = body,
        headers = { ["X-Amz-Content-SHA256"] = hash } }
    end
    local hash = ("0123456789abcdef"):rep(4)
    assert.equal(of(hash, "a"), of(hash, "b"))
    assert.equal(of("UNSIGNED-PAYLOAD", "a"), of("UNSIGNED-PAYLOAD", "b"))
  end)

  it("returns nil and an error for what it cannot sign", function()
    for _, case in ipairs {
      { { url = "bedrock" }, "config", "InvalidUrl" },
      { { url = "" }, "config", "InvalidUrl" },
      { { url = "ftp://a" }, "config", "InvalidUrl" },
      { { url = "http://a:0/" }, "config", "InvalidUrl" },
      { { url = "http://a/\n" }, "config", "InvalidUrl" },
      { { url = RUNTIME, headers = { A = ("x"):rep(300000) } }, "input",
        "InputTooLarge" },
    } do
      local headers, err = bedrock.sign(case[1], options())
      assert.is_nil(headers)
      assert.equal(case[2], err.kind)
      assert.equal(case[3], err.code)
      assert.truthy(tostring(err):find(err.message, 1, true))
    end
  end)

  it("raises on misuse, and says which field it is", function()
    local function credentials(more)
      local c = { access_key_id = KEY, secret_access_key = SECRET }
      for name, value in pairs(more) do c[name] = value end
      return options { credentials = c }
    end
    local request = { url = RUNTIME }
    for text, call in pairs {
      ["url must be a string, got nil"] = { {}, options() },
      ["url must be a string, got number"] = { { url = 1 }, options() },
      ["method must be a string"] = { { url = RUNTIME, method = {} },
        options() },
      ["body must be a string"] = { { url = RUNTIME, body = 3 }, options() },
      ["headers must be a table"] = { { url = RUNTIME, headers = "a" },
        options() },
      ["header A must be"] = { { url = RUNTIME, headers = { A = 1 } },
        options() },
      ["header B must be"] = { { url = RUNTIME, headers = { B = { 1 } } },
        options() },
      ["header C holds a line break"] = { { url = RUNTIME,
        headers = { C = "a\r\nb" } }, options() },
      ["named by strings"] = { { url = RUNTIME, headers = { "a" } },
        options() },
      ["region must be a string"] = { request, options { region = 1 } },
      ["service must be a string"] = { request, options { service = {} } },
      ["credentials must be a table, got string"] = { request,
        options { credentials = "a" } },
      ["access_key_id must be a string"] = { request,
        credentials { access_key_id = 1 } },
      ["session_token must be a string"] = { request,
        credentials { session_token = true } },
      ["time must be a number"] = { request, options { time = "now" } },
      ["time is out of range"] = { request, options { time = -1 } },
      ["table expected"] = { request },
    } do
      local ok, message = pcall(bedrock.sign, call[1], call[2])
      assert.is_false(ok, text)
      assert.truthy(message:find(text, 1, true), message)
      assert.is_nil(message:find(SECRET, 1, true))
    end
    local o = options()
    o.time = 0 / 0
    assert.has_error(function() bedrock.sign(request, o) end)
    o.time = 1e300
    assert.has_error(function() bedrock.sign(request, o) end)
  end)

  it("lets no line break into a header that it makes", function()
    for _, token in ipairs { "a\nX-Evil: 1", "a\rb", "a\0b" } do
      local ok, headers = pcall(bedrock.sign, { url = RUNTIME },
        with_token(token))
      assert.falsy(ok and headers, token)
    end
  end)

  it("is valid for a verifier with code of its own", function()
    local s = standin.start { session_token = "TOKEN/+=" }
    for _, case in ipairs {
      { "GET", "/custom-models?nameContains=a%20b&maxResults=1&z" },
      { "GET", "/a%2Fb%3Ac//d/./e/?x=%2F&x=1" },
      { "POST", "/%C3%BC~", { Accept = "*/*", ["X-Amz-A"] = " b   c " },
        "body" },
    } do
      local url = s:fault "echo" .. case[2]
      local o = with_token "TOKEN/+="
      o.time = nil
      local headers = assert(bedrock.sign({ method = case[1], url = url,
        headers = case[3], body = case[4] }, o))
      local words = { "curl -q -s --noproxy '*' --path-as-is -X", case[1],
        "-H 'Accept:' -H 'Content-Type:'" }
      for name, value in pairs(headers) do
        words[#words + 1] = "-H " .. echo.quote(name .. ": " .. value)
      end
      if case[4] then words[#words + 1] = "-d " .. echo.quote(case[4]) end
      words[#words + 1] = echo.quote(url)
      local answer = json.decode(echo.run(table.concat(words, " ")))
      assert.equal("valid", answer.signature, case[2])
    end
    s:stop()
  end)
end)
