-- bedrock.client: configuration, the request it makes, and the main job from
-- end to end against the local Bedrock.
local bedrock = require "bedrock"
local echo = require "spec.support.echo"
local standin = require "spec.support.standin"

local SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
local ARN = "arn:aws:bedrock:us-east-1:123456789012:agent/a"
local KEYS = { creds = { access_key_id = "AKIDEXAMPLE",
  secret_access_key = SECRET } }

local function new(more)
  local config = { region = "us-east-1", credentials = KEYS }
  for name, value in pairs(more or {}) do config[name] = value end
  return assert(bedrock.client(config))
end

-- The request of an operation without input, or the error.
local function request(options, client)
  return (client or new()):build("list_custom_models", {}, options)
end

local function expect_error(kind, code, ...)
  local value, err = ...
  assert.is_nil(value)
  assert.equal(kind, err.kind, tostring(err))
  assert.equal(code, err.code)
  assert.truthy(#err.message > 0)
  assert.is_nil(tostring(err):find(SECRET, 1, true))
  return err
end

-- ======================================================================
describe("a client's configuration", function()
  it("may be absent", function()
    for _, client in ipairs { bedrock.client(), bedrock.client(nil),
      bedrock.client {} } do
      assert.equal("bedrock.client: bedrock", tostring(client))
    end
  end)

  it("is a table, or the call is misuse", function()
    for _, wrong in ipairs { 1, "us-east-1", true, print } do
      assert.has_error(function() bedrock.client(wrong) end)
    end
  end)

  it("knows its options, and guesses what was meant", function()
    for wrong, meant in pairs { regoin = "region", Region = "region",
      end_point = "endpoint", use_fip = "use_fips", time_out = "timeout",
      credential = "credentials", max_attempt = "max_attempts" } do
      local err = expect_error("config", "UnknownOption",
        bedrock.client { [wrong] = "x" })
      assert.equal('"' .. wrong .. '" is not an option', err.message)
      assert.equal('did you mean "' .. meant .. '"?', err.hint)
    end
    local err = expect_error("config", "UnknownOption",
      bedrock.client { something_else_altogether = 1 })
    assert.is_nil(err.hint)
    for _, wrong in ipairs { { "x" }, { [true] = 1 }, { [2.5] = 1 } } do
      expect_error("config", "UnknownOption", bedrock.client(wrong))
    end
  end)

  it("has a type and a range for each option", function()
    local bad = {
      region = { 1, true, {}, "a\nb", "a\0b" },
      endpoint = { 1, false, "http://a\r\nb" },
      bearer_token = { 1, {}, "a\nb" },
      ca_bundle = { 1, true }, proxy = { 1, {} },
      user_agent = { 1, "a\nX-Evil: 1" },
      connect_timeout = { "1", -1, 1 / 0, 0 / 0, 1e12 },
      read_timeout = { "1", -0.5 }, timeout = { true, -1 },
      max_attempts = { 0, -1, 1.5, "3", 101, 1 / 0 },
      retry_mode = { "legacy", 1, "" },
      use_fips = { "true", 1 }, use_dualstack = { 0 },
      unknown_members = { "drop", true },
      driver = { "none", 3 }, service = { 1, {} },
      credentials = { "x", true, {}, { creds = 1 }, { creds = {} },
        { creds = { access_key_id = "a" } },
        { creds = { secret_access_key = "b" } },
        { creds = { access_key_id = 1, secret_access_key = "b" } },
        { creds = { access_key_id = "a", secret_access_key = "b\n" } },
        { creds = { access_key_id = "a", secret_access_key = "b",
          session_token = 1 } }, { anonymous = false } },
    }
    for name, values in pairs(bad) do
      for _, value in ipairs(values) do
        local err = expect_error("config", "InvalidOption",
          bedrock.client { [name] = value })
        local said = err.message
        assert.truthy(said:find(name, 1, true) or
          said:find("access_key", 1, true) or
          said:find("session_token", 1, true), said)
      end
    end
  end)

  it("takes what is allowed", function()
    for _, config in ipairs {
      { connect_timeout = 0, read_timeout = 0.25, timeout = 86400 },
      { max_attempts = 1, retry_mode = "standard" },
      { max_attempts = 100, retry_mode = "off" },
      { use_fips = false, use_dualstack = false, driver = "curl" },
      { unknown_members = "send" }, { unknown_members = "error" },
      { credentials = { anonymous = true } }, { service = "bedrock-agent" },
    } do
      assert.truthy(bedrock.client(config))
      assert.truthy(config.service or request(config))
    end
  end)

  it("names all services when one is unknown", function()
    local err = expect_error("config", "UnknownService",
      bedrock.client { service = "bedrok" })
    for service in pairs(bedrock.operations()) do
      assert.truthy(err.hint:find(service, 1, true), service)
    end
  end)

  it("is checked for each call, too", function()
    expect_error("config", "UnknownOption", request { regin = "x" })
    expect_error("config", "InvalidOption", request { timeout = "1" })
    local err = expect_error("config", "InvalidOption",
      request { service = "bedrock" })
    assert.truthy(err.message:find "client:service")
    assert.equal("list_custom_models", err.operation)
  end)

  it("is not changed by the options of a call", function()
    local client = new()
    request({ region = "eu-west-1", endpoint = "http://127.0.0.1:9/x",
      user_agent = "me", credentials = { anonymous = true } }, client)
    local r = request({}, client)
    assert.equal("https://bedrock.us-east-1.amazonaws.com/custom-models",
      r.url)
    assert.truthy(r.headers.Authorization)
    assert.truthy(r.headers["User-Agent"]:match "^bedrock%-lua/%d")
  end)

  it("keeps its own copy of the texts", function()
    local config = { region = "eu-" .. "west-" .. #"a", credentials = KEYS }
    local client = bedrock.client(config)
    config.region = nil
    collectgarbage()
    collectgarbage()
    assert.equal("bedrock.client: bedrock, eu-west-1", tostring(client))
    assert.truthy(request({}, client).url:find("eu-west-1", 1, true))
  end)
end)

-- ======================================================================
describe("the endpoint", function()
  it("follows region, service, FIPS and dual-stack", function()
    local tail = "/custom-models"
    for _, case in ipairs {
      { {}, "https://bedrock.us-east-1.amazonaws.com" },
      { { region = "cn-north-1" },
        "https://bedrock.cn-north-1.amazonaws.com.cn" },
      { { use_fips = true },
        "https://bedrock-fips.us-east-1.amazonaws.com" },
      { { use_dualstack = true }, "https://bedrock.us-east-1.api.aws" },
      { { use_dualstack = true, use_fips = true },
        "https://bedrock-fips.us-east-1.api.aws" },
      { { region = "mars-north-1" },
        "https://bedrock.mars-north-1.amazonaws.com" },
    } do
      assert.equal(case[2] .. tail, request(case[1]).url)
    end
    local r = new():build("list_agents", {})
    assert.equal("https://bedrock-agent.us-east-1.amazonaws.com/agents/",
      r.url)
  end)

  it("keeps a custom one with its path as prefix", function()
    for given, whole in pairs {
      ["http://127.0.0.1:8080"] = "http://127.0.0.1:8080/custom-models",
      ["http://127.0.0.1:8080/"] = "http://127.0.0.1:8080/custom-models",
      ["https://host/a/b"] = "https://host/a/b/custom-models",
      ["https://host/a/b//"] = "https://host/a/b/custom-models",
      ["https://[::1]:1/x"] = "https://[::1]:1/x/custom-models",
      [""] = "https://bedrock.us-east-1.amazonaws.com/custom-models",
    } do
      assert.equal(whole, request({ endpoint = given }).url)
    end
  end)

  it("is refused when it is none", function()
    for _, wrong in ipairs { "host", "host:80", "//host", "ftp://host",
      "file:///etc/passwd", "http://", "http:///path", "http://:80",
      "http://host:", "http://host:0", "http://host:65536",
      "http://host:8o", "http://me:word@host", "http://me@host",
      "http://a b", "http://host?a=b", "http://host/x?", "http://[::1",
      "http://host#part", "http://host/x#part" } do
      local value, err = request { endpoint = wrong }
      assert.is_nil(value, wrong)
      assert.equal("config", err.kind, wrong)
      assert.equal("InvalidEndpoint", err.code, wrong)
    end
  end)

  it("cannot be custom together with FIPS or dual-stack", function()
    for _, name in ipairs { "use_fips", "use_dualstack" } do
      local err = expect_error("config", "InvalidConfiguration",
        request { endpoint = "http://127.0.0.1", [name] = true })
      assert.truthy(err.message:find(name, 1, true))
    end
  end)

  it("needs a region that is a host label", function()
    for _, wrong in ipairs { "us_east_1", "-a", "a-", "1234", "a.b", "a/b",
      "us east", "us-east-1@evil", ("a"):rep(64), "ü" } do
      expect_error("config", "InvalidRegion", request { region = wrong })
      expect_error("config", "InvalidRegion",
        request { region = wrong, endpoint = "http://127.0.0.1" })
    end
  end)
end)

-- ======================================================================
describe("the environment", function()
  local REPORT = [[
    local client = assert(require "bedrock".client(%s))
    local r, err = client:%s
    if not r then return print(err.kind, err.code) end
    local h = r.headers
    local auth = h.Authorization or "none"
    print(r.url:match "//([^/]+)",
      auth:match "Credential=([^/]+)" or auth, h["X-Amz-Security-Token"])]]

  local function report(env, config, call)
    return (echo.child(REPORT:format(config or "{}",
      call or 'build("list_custom_models", {})'), env)
      :gsub("%s+$", ""):gsub("\t", " "))
  end

  local US = "bedrock.us-east-1.amazonaws.com "
  local FULL = { AWS_REGION = "us-east-1", AWS_ACCESS_KEY_ID = "AKIDENV",
    AWS_SECRET_ACCESS_KEY = "s" }

  local function env(more)
    local e = {}
    for name, value in pairs(FULL) do e[name] = value end
    for name, value in pairs(more) do e[name] = value or nil end
    return e
  end

  it("gives region and keys", function()
    assert.equal(US .. "AKIDENV nil", report(FULL))
    assert.equal(US .. "AKIDENV tok",
      report(env { AWS_SESSION_TOKEN = "tok" }))
  end)

  it("asks AWS_REGION before AWS_DEFAULT_REGION, code before both",
    function()
      local both = env { AWS_DEFAULT_REGION = "eu-west-1" }
      assert.equal(US .. "AKIDENV nil", report(both))
      both.AWS_REGION = nil
      assert.equal("bedrock.eu-west-1.amazonaws.com AKIDENV nil",
        report(both))
      assert.equal("bedrock.ap-south-1.amazonaws.com AKIDENV nil",
        report(both, '{ region = "ap-south-1" }'))
    end)

  it("is told when it lacks something", function()
    assert.equal("config MissingRegion", report(env { AWS_REGION = false }))
    assert.equal("credentials NoCredentials",
      report { AWS_REGION = "us-east-1" })
    assert.equal("credentials NoCredentials",
      report { AWS_REGION = "us-east-1", AWS_ACCESS_KEY_ID = "",
        AWS_SECRET_ACCESS_KEY = "s" })
    for _, secret in ipairs { false, "" } do
      assert.equal("credentials PartialCredentials",
        report(env { AWS_SECRET_ACCESS_KEY = secret }))
    end
  end)

  it("comes after the keys in code", function()
    local code = [[{ credentials = { creds = { access_key_id = "AKIDCODE",
      secret_access_key = "s" } } }]]
    assert.equal(US .. "AKIDCODE nil",
      report(env { AWS_SESSION_TOKEN = "not this" }, code))
    assert.equal(US .. "AKIDCODE nil",
      report(env { AWS_BEARER_TOKEN_BEDROCK = "t" }, code))
    assert.equal(US .. "none nil", report(FULL,
      "{ credentials = { anonymous = true } }"))
  end)

  it("has a bearer token for bedrock and bedrock-runtime only", function()
    local token = env { AWS_BEARER_TOKEN_BEDROCK = "abc" }
    assert.equal(US .. "Bearer abc nil", report(token))
    token.AWS_ACCESS_KEY_ID = nil
    token.AWS_SECRET_ACCESS_KEY = nil
    assert.equal(US .. "Bearer abc nil", report(token))
    assert.equal("bedrock-runtime.us-east-1.amazonaws.com Bearer abc nil",
      report(token, nil, 'build("invoke_model", { modelId = "m" })'))
    assert.equal("credentials NoCredentials",
      report(token, nil, 'build("list_agents", {})'))
    assert.equal("bedrock-agent.us-east-1.amazonaws.com AKIDENV nil",
      report(env { AWS_BEARER_TOKEN_BEDROCK = "abc" }, nil,
        'build("list_agents", {})'))
    assert.equal(US .. "AKIDENV nil",
      report(env { AWS_BEARER_TOKEN_BEDROCK = "" }))
  end)
end)

-- ======================================================================
describe("a bearer token", function()
  it("stands in for the signature", function()
    local r = request { bearer_token = "T" }
    assert.equal("Bearer T", r.headers.Authorization)
    assert.is_nil(r.headers["X-Amz-Date"])
    assert.is_nil(r.headers["X-Amz-Security-Token"])
  end)

  it("comes before credentials in code", function()
    local client = bedrock.client { region = "us-east-1",
      bearer_token = "T", credentials = KEYS }
    assert.equal("Bearer T", request({}, client).headers.Authorization)
  end)

  it("goes over https, or to this machine", function()
    for _, good in ipairs { "https://host", "http://127.0.0.1:8",
      "http://localhost", "http://LOCALHOST:8", "http://[::1]:8",
      "http://127.1.2.3" } do
      assert.truthy(request { bearer_token = "T", endpoint = good }, good)
    end
    for _, bad in ipairs { "http://host", "http://127.0.0.1.evil.test",
      "http://localhost.evil.test", "http://10.0.0.1", "http://127.",
      "http://[::2]" } do
      local value, err = request { bearer_token = "T", endpoint = bad }
      assert.is_nil(value, bad)
      assert.equal("config", err.kind)
      assert.is_nil(tostring(err):find("Bearer T", 1, true))
    end
  end)

  it("is for bedrock and bedrock-runtime only", function()
    local plain = bedrock.client { region = "us-east-1", bearer_token = "T" }
    assert.truthy(plain:build("invoke_model", { modelId = "m" }))
    expect_error("config", "BearerNotSupported",
      plain:build("list_agents", {}))
    expect_error("config", "BearerNotSupported",
      plain:build("list_agent_runtimes", {}))
    local both = bedrock.client { region = "us-east-1", bearer_token = "T",
      credentials = KEYS }
    assert.truthy(both:build("list_agents", {}).headers.Authorization
      :match "^AWS4%-HMAC%-SHA256 ")
  end)

  it("that is empty is never sent", function()
    local r = request { bearer_token = "" }
    assert.falsy(r and not r.headers.Authorization:match "^AWS4")
  end)
end)

-- ======================================================================
describe("client:build", function()
  it("gives the signed request", function()
    local r = new():build("create_custom_model", {
      modelName = "m", clientRequestToken = "t",
      modelSourceConfig = { s3DataSource = { s3Uri = "s3://a/b" } } })
    assert.equal("POST", r.method)
    assert.equal("https://bedrock.us-east-1.amazonaws.com/custom-models/"
      .. "create-custom-model", r.url)
    assert.equal('{"clientRequestToken":"t","modelName":"m",'
      .. '"modelSourceConfig":{"s3DataSource":{"s3Uri":"s3://a/b"}}}',
      r.body)
    local h = r.headers
    assert.equal("application/json", h["Content-Type"])
    assert.equal("bedrock.us-east-1.amazonaws.com", h.Host)
    assert.equal("attempt=1; max=3", h["amz-sdk-request"])
    assert.truthy(h["amz-sdk-invocation-id"]:match
      "^%x+%-%x+%-4%x+%-[89ab]%x+%-%x+$")
    assert.truthy(h["X-Amz-Date"]:match "^%d+T%d+Z$")
    assert.truthy(h.Authorization:match("^AWS4%-HMAC%-SHA256 Credential="
      .. "AKIDEXAMPLE/%d+/us%-east%-1/bedrock/aws4_request, SignedHeaders="
      .. "content%-type;host;x%-amz%-date, Signature=%x+$"))
    local names = { method = 1, url = 1, body = 1, headers = 1 }
    for name in pairs(r) do assert.truthy(names[name], name) end
  end)

  it("signs as bedrock.sign does", function()
    local credentials = { access_key_id = "AKIDEXAMPLE",
      secret_access_key = SECRET, session_token = "TOKEN/+=" }
    local client = new { credentials = { creds = credentials } }
    for name, input in pairs {
      invoke_model = { modelId = "arn:aws:x:y/z", body = "\0\255",
        contentType = "a/b", accept = "*/*" },
      list_custom_models = { nameContains = "a b", maxResults = 5 },
      untag_resource = { resourceARN = ARN, tagKeys = { "a", "b c" } },
    } do
      local r = client:build(name, input)
      local given, stamp = {}, r.headers["X-Amz-Date"]
      for k, v in pairs(r.headers) do given[k] = v end
      given["User-Agent"] = nil
      given["amz-sdk-request"], given["amz-sdk-invocation-id"] = nil, nil
      local y, mo, d, h, mi, s = stamp:match
        "^(%d%d%d%d)(%d%d)(%d%d)T(%d%d)(%d%d)(%d%d)Z$"
      local local_ = os.time { year = y, month = mo, day = d, hour = h,
        min = mi, sec = s, isdst = false }
      local utc = os.date("!*t", local_)
      utc.isdst = false
      local time = local_ + os.difftime(local_, os.time(utc))
      local signed = bedrock.sign({ method = r.method, url = r.url,
        body = r.body, headers = given }, { region = "us-east-1",
        service = "bedrock", credentials = credentials, time = time })
      assert.same(r.headers.Authorization, signed.Authorization)
      assert.equal(stamp, signed["X-Amz-Date"])
      assert.equal("TOKEN/+=", r.headers["X-Amz-Security-Token"])
    end
  end)

  it("encodes labels and queries", function()
    local client = new()
    assert.equal("https://bedrock-runtime.us-east-1.amazonaws.com/model/"
      .. "a%2Fb%3A1%20%C3%BC~/invoke",
      client:build("invoke_model", { modelId = "a/b:1 ü~" }).url)
    local r = client:service("bedrock-agent"):build("untag_resource",
      { resourceArn = "arn:aws:bedrock:x:y/z", tagKeys = { "a", "b c" } })
    assert.equal("DELETE", r.method)
    assert.equal("https://bedrock-agent.us-east-1.amazonaws.com/tags/"
      .. "arn%3Aaws%3Abedrock%3Ax%3Ay%2Fz?tagKeys=a&tagKeys=b%20c", r.url)
    assert.equal("", r.body)
    assert.is_nil(r.headers["Content-Type"])
  end)

  it("knows the protocol of data automation", function()
    local r = new():build("get_data_automation_status",
      { invocationArn = "arn:aws:bedrock:us-east-1:123456789012:a/b" })
    assert.equal("AmazonBedrockKeystoneRuntimeService."
      .. "GetDataAutomationStatus", r.headers["X-Amz-Target"])
    assert.equal("application/x-amz-json-1.1", r.headers["Content-Type"])
    assert.truthy(r.url:match "com/$")
  end)

  it("fills an idempotency token, another one each time", function()
    local seen, client = {}, new()
    for _ = 1, 100 do
      local token = client:build("create_custom_model",
        { modelName = "m" }).body:match '"clientRequestToken":"([^"]+)"'
      assert.truthy(token:match "^%x+%-%x+%-4%x+%-[89ab]%x+%-%x+$")
      assert.equal(36, #token)
      assert.is_nil(seen[token])
      seen[token] = true
    end
    local r = client:build("invoke_agent_runtime",
      { agentRuntimeArn = "a", payload = "" })
    assert.equal(36, #r.headers["X-Amzn-Bedrock-AgentCore-Runtime-"
      .. "Session-Id"])
  end)

  it("raises for an unknown operation, with a suggestion", function()
    local ok, message = pcall(function()
      new():build("create_custom_modle", {})
    end)
    assert.is_false(ok)
    assert.truthy(message:find('did you mean "create_custom_model"?', 1,
      true))
  end)

  it("says what is not there yet", function()
    expect_error("stream", "NotYetSupported",
      new():converse_stream { modelId = "m" })
  end)
end)

-- ======================================================================
describe("client:service", function()
  it("asks that service first", function()
    local client = new()
    for service, host in pairs {
      ["bedrock"] = "bedrock.", ["bedrock-agent"] = "bedrock-agent.",
      ["bedrock-agentcore-control"] = "bedrock-agentcore-control.",
    } do
      local there = client:service(service)
      assert.equal("bedrock.client: " .. service .. ", us-east-1",
        tostring(there))
      local r = assert(there:build("tag_resource", { resourceARN = ARN,
        resourceArn = ARN, tags = {} }, { unknown_members = "send" }))
      assert.equal("https://" .. host, r.url:sub(1, 8 + #host))
      assert.truthy(there:build("list_custom_models", {}).url
        :match "^https://bedrock%.us")
    end
  end)

  it("is the client's option, too", function()
    local client = new { service = "bedrock-agent" }
    assert.truthy(client:build("tag_resource",
      { resourceArn = ARN, tags = {} }).url:match "//bedrock%-agent%.")
  end)

  it("lives on without the first client", function()
    local there = new { region = "eu-west-3" }:service "bedrock-agent"
    collectgarbage()
    collectgarbage()
    assert.truthy(there:build("list_agents", {}).url
      :find("eu-west-3", 1, true))
  end)

  it("raises for what is no service", function()
    local client = new()
    for _, wrong in ipairs { "bedrok", "", "agent" } do
      assert.has_error(function() client:service(wrong) end)
    end
    assert.has_error(function() client:service() end)
    assert.has_error(function() client.service({}, "bedrock") end)
  end)
end)

-- ======================================================================
describe("a client", function()
  it("shows no secret as text", function()
    local client = new { bearer_token = "T0KEN", credentials = { creds = {
      access_key_id = "AKIDEXAMPLE", secret_access_key = SECRET,
      session_token = "SESSI0N" } } }
    local text = tostring(client)
    for _, secret in ipairs { "T0KEN", "AKID", SECRET, "SESSI0N" } do
      assert.is_nil(text:find(secret, 1, true))
    end
    assert.equal("string", type(getmetatable(client)))
  end)

  it("works in a coroutine", function()
    local client, r = new(), nil
    coroutine.wrap(function() r = client:build("list_agents", {}) end)()
    assert.truthy(r.headers.Authorization)
  end)

  it("is not to be written to, nor to be asked for other keys", function()
    local client = new()
    assert.has_error(function() client.region = "x" end)
    assert.has_error(function() return client[{}] end)
    assert.has_error(function() return client.no_such_operation end)
  end)
end)

-- ======================================================================
for scheme, tls in pairs { http = false, https = true } do
  describe("custom models over " .. scheme, function()
    local s, client

    local function connect(server, more)
      local config = { endpoint = server.url, ca_bundle = server.ca_file,
        credentials = { creds = { access_key_id = server.access_key,
          secret_access_key = server.secret_key,
          session_token = server.session_token } } }
      for name, value in pairs(more or {}) do config[name] = value end
      return new(config)
    end

    setup(function()
      s = standin.start { tls = tls, creating = 0 }
      client = connect(s)
    end)

    teardown(function() s:stop() end)

    local WHOLE = {
      modelName = "whole",
      modelSourceConfig = {
        s3DataSource = { s3Uri = "s3://amzn-s3-demo-bucket/model/" } },
      modelKmsKeyArn = "arn:aws:kms:us-east-1:123456789012:key/"
        .. "12345678-1234-1234-1234-123456789012",
      roleArn = "arn:aws:iam::123456789012:role/BedrockImport",
      modelTags = { { key = "team", value = "nlp" },
        { key = "empty", value = "" } },
      clientRequestToken = "token-1",
    }

    it("are created with every member of the request syntax", function()
      local result, meta = client:create_custom_model(WHOLE)
      assert.truthy(result, tostring(meta))
      assert.truthy(result.modelArn:match "^arn:aws:bedrock:us%-east%-1:")
      assert.equal(202, meta.status)
      assert.equal(1, meta.attempts)
      assert.equal(36, #meta.request_id)
      assert.equal(meta.request_id, meta.headers["x-amzn-requestid"])
      assert.equal("application/json", meta.headers["content-type"])
      for _, id in ipairs { result.modelArn, "whole" } do
        local got = assert(client:get_custom_model { modelIdentifier = id })
        assert.equal(result.modelArn, got.modelArn)
        assert.equal("whole", got.modelName)
        assert.equal("Active", got.modelStatus)
        assert.equal(WHOLE.modelKmsKeyArn, got.modelKmsKeyArn)
        assert.truthy(math.abs(os.time() - got.creationTime) < 60)
      end
      local tags = assert(client:list_tags_for_resource {
        resourceARN = result.modelArn }).tags
      assert.same(WHOLE.modelTags, tags)
      assert.equal(result.modelArn,
        assert(client:create_custom_model(WHOLE)).modelArn)
    end)

    it("are created from the newer data source", function()
      assert.truthy(assert(client:create_custom_model {
        modelName = "newer", customModelDataSource = {
          modelPackageArnDataSource = { modelPackageArn = "arn:aws:sage"
            .. "maker:us-east-1:123456789012:model-package/a/1" } },
      }).modelArn)
    end)

    it("can fail, and say why", function()
      assert(client:create_custom_model { modelName = "fail-this",
        modelSourceConfig = WHOLE.modelSourceConfig })
      local got = client:get_custom_model { modelIdentifier = "fail-this" }
      assert.equal("Failed", got.modelStatus)
      assert.truthy(#got.failureMessage > 0)
    end)

    it("are listed page by page, with filters", function()
      local l = standin.start { tls = tls, creating = 0 }
      local there = connect(l)
      assert.same({ modelSummaries = {} }, (there:list_custom_models()))
      for i = 1, 5 do
        assert(there:create_custom_model { modelName = "m" .. i,
          modelSourceConfig = WHOLE.modelSourceConfig })
      end
      local names, token, pages = {}, nil, 0
      repeat
        local page = assert(there:list_custom_models { maxResults = 2,
          nextToken = token, sortBy = "CreationTime",
          sortOrder = "Ascending" })
        for _, m in ipairs(page.modelSummaries) do
          names[#names + 1] = m.modelName
        end
        token, pages = page.nextToken, pages + 1
      until not token
      assert.equal("m1 m2 m3 m4 m5", table.concat(names, " "))
      assert.equal(3, pages)
      for filter, count in pairs {
        [{ nameContains = "m3" }] = 1, [{ isOwned = false }] = 0,
        [{ isOwned = true }] = 5, [{ modelStatus = "Failed" }] = 0,
        [{ creationTimeAfter = 0 }] = 5,
        [{ creationTimeBefore = "2020-01-01T00:00:00Z" }] = 0,
      } do
        assert.equal(count,
          #assert(there:list_custom_models(filter)).modelSummaries)
      end
      l:stop()
    end)

    it("are tagged and deleted", function()
      local arn = assert(client:create_custom_model { modelName = "tagged",
        modelSourceConfig = WHOLE.modelSourceConfig }).modelArn
      local function tagged()
        return client:list_tags_for_resource({ resourceARN = arn }).tags
      end
      assert.same({}, tagged())
      assert.same({}, (client:tag_resource { resourceARN = arn,
        tags = { { key = "a key", value = "1" },
          { key = "b", value = "2" } } }))
      assert.same({}, (client:untag_resource { resourceARN = arn,
        tagKeys = { "b" } }))
      assert.same({ { key = "a key", value = "1" } }, tagged())
      assert.same({}, (client:delete_custom_model {
        modelIdentifier = arn }))
      local err = expect_error("service", "ResourceNotFoundException",
        client:get_custom_model { modelIdentifier = arn })
      assert.equal(404, err.status)
      assert.equal(false, err.retryable)
      expect_error("service", "ResourceNotFoundException",
        client:delete_custom_model { modelIdentifier = arn })
    end)

    it("need the right keys", function()
      local function list(more)
        return connect(s, { credentials = { creds = more } })
          :list_custom_models()
      end
      expect_error("service", "UnrecognizedClientException",
        list { access_key_id = "AKIDOTHER", secret_access_key = SECRET })
      local err = expect_error("service", "InvalidSignatureException",
        list { access_key_id = s.access_key,
          secret_access_key = "not this one" })
      assert.equal(1, err.attempts)
      expect_error("service", "UnrecognizedClientException",
        list { access_key_id = s.access_key,
          secret_access_key = s.secret_key, session_token = "none" })
      expect_error("service", "MissingAuthenticationTokenException",
        connect(s, { credentials = { anonymous = true } })
          :list_custom_models())
    end)

    it("take a session token", function()
      local t = standin.start { tls = tls, session_token = "TOKEN/+=x" }
      assert.truthy(connect(t):list_custom_models())
      expect_error("service", "UnrecognizedClientException",
        connect(t, { credentials = KEYS }):list_custom_models())
      t:stop()
    end)

    it("are made once, though the answer was lost", function()
      local endpoint = s:fault "half-body;times=1;key=lost"
      local result, meta = client:create_custom_model({
        modelName = "lost", modelSourceConfig = WHOLE.modelSourceConfig },
        { endpoint = endpoint })
      assert.truthy(result, tostring(meta))
      assert.equal(2, meta.attempts)
      local list = client:list_custom_models { nameContains = "lost" }
      assert.equal(1, #list.modelSummaries)
      assert.equal(result.modelArn, list.modelSummaries[1].modelArn)
    end)

    it("are tried again, as often as is allowed", function()
      local function try(spec, options)
        options.endpoint = s:fault(spec)
        return client:list_custom_models({}, options)
      end
      local _, meta = try("status=503;times=2;key=try1", {})
      assert.equal(3, meta.attempts)
      for i, case in ipairs {
        { { max_attempts = 1 }, 1 }, { { max_attempts = 2 }, 2 },
        { { retry_mode = "off" }, 1 }, { {}, 3 },
        { { retry_mode = "off", max_attempts = 5 }, 1 },
      } do
        local err = expect_error("service", "ServiceUnavailableException",
          try("status=503;key=try" .. i + 1, case[1]))
        assert.equal(case[2], err.attempts)
        assert.equal(true, err.retryable)
      end
      local err = expect_error("service", "ValidationException",
        try("status=400", {}))
      assert.equal(1, err.attempts)
    end)

    it("are asked for over one connection", function()
      local there = connect(s)
      assert(there:list_custom_models())
      collectgarbage()
      collectgarbage()
      local before = echo.descriptors()
      for _ = 1, 20 do assert(there:list_custom_models()) end
      assert.equal(before, echo.descriptors())
    end)
  end)
end

-- ======================================================================
describe("each attempt", function()
  local e

  setup(function() e = echo.start() end)
  teardown(function() e:stop() end)

  it("sends the same bytes and token, and counts itself", function()
    local endpoint = e:answer { key = "same", status = { 503, 503, 200 },
      body = '{"modelArn":"arn"}' }
    local result = assert(new { endpoint = endpoint }
      :create_custom_model { modelName = "m" })
    assert.equal("arn", result.modelArn)
    local seen = e:seen "same"
    assert.equal(3, #seen)
    local token = seen[1].body:match '"clientRequestToken":"([^"]+)"'
    assert.equal(36, #token)
    for i, r in ipairs(seen) do
      assert.equal(seen[1].body, r.body)
      assert.equal(seen[1].headers["amz-sdk-invocation-id"],
        r.headers["amz-sdk-invocation-id"])
      assert.equal(("attempt=%d; max=3"):format(i),
        r.headers["amz-sdk-request"])
      assert.truthy(r.headers["user-agent"]:match("^bedrock%-lua/"
        .. "%d+%.%d+%.%d+ ua/2%.1 os/linux lang/lua#5%.%d"))
      assert.equal(tostring(#r.body), r.headers["content-length"])
      for _, none in ipairs { "expect", "accept", "transfer-encoding" } do
        assert.is_nil(r.headers[none])
      end
    end
  end)

  it("leaves out what the operation does not have", function()
    local endpoint = e:answer { key = "bare" }
    local client = new { endpoint = endpoint, user_agent = "mine/1" }
    assert(client:list_custom_models())
    assert(client:invoke_model { modelId = "m", body = "\0\1\255" })
    assert(client:invoke_model { modelId = "m" })
    assert(client:delete_custom_model { modelIdentifier = "m" })
    local seen = e:seen "bare"
    assert.equal("GET", seen[1].method)
    assert.is_nil(seen[1].headers["content-length"])
    assert.equal("mine/1", seen[1].headers["user-agent"])
    assert.equal("\0\1\255", seen[2].body)
    assert.is_nil(seen[2].headers["content-type"])
    assert.equal("0", seen[3].headers["content-length"])
    assert.equal("DELETE", seen[4].method)
    assert.equal("", seen[4].body)
  end)

  it("waits as long as the server asks for, within limits", function()
    local endpoint = e:answer { key = "wait", status = { 503, 200 },
      headers = { ["x-amz-retry-after"] = "150" } }
    local client, start = new { endpoint = endpoint }, os.time()
    local _, meta = client:list_custom_models()
    assert.equal(2, meta.attempts)
    assert.truthy(os.time() - start <= 2)
  end)

  it("gives up when the time of the call would run out", function()
    local endpoint = e:answer { key = "late", status = 503,
      headers = { ["x-amz-retry-after"] = "4000" } }
    local _, err = new { endpoint = endpoint, timeout = 0.5 }
      :list_custom_models()
    assert.equal("503", err.code)
    assert.equal(1, err.attempts)
  end)

  it("goes through a proxy when one is set", function()
    local client = new { endpoint = e:answer { key = "proxy" }
      :gsub("127%.0%.0%.1:%d+", "bedrock.test"), proxy = e.url }
    assert(client:list_custom_models())
    local seen = e:seen "proxy"
    assert.equal("http://bedrock.test/",
      seen[1].target:sub(1, #"http://bedrock.test/"))
    assert.equal("bedrock.test", seen[1].headers.host)
  end)

  it("forgets the options of the call before", function()
    local client = new { endpoint = e:answer { key = "again",
      status = 503 } }
    for _, case in ipairs { { { max_attempts = 1 }, 1 }, { {}, 3 },
      { { retry_mode = "off" }, 1 }, { nil, 3 } } do
      local _, err = client:list_custom_models({}, case[1])
      assert.equal(case[2], err.attempts)
    end
  end)

  it("can be allowed again by a call of a client without retries",
    function()
      local client = new { retry_mode = "off",
        endpoint = e:answer { key = "allow", status = 503 } }
      local _, err = client:list_custom_models()
      assert.equal(1, err.attempts)
      _, err = client:list_custom_models({}, { retry_mode = "standard" })
      assert.equal(3, err.attempts)
    end)
end)

describe("ca_bundle of one call", function()
  it("is not trusted by the next", function()
    local s = standin.start { tls = true }
    local client = new { endpoint = s.url, max_attempts = 1 }
    assert(client:list_custom_models({}, { ca_bundle = s.ca_file }))
    expect_error("connection", "TlsNotTrusted",
      client:list_custom_models())
    s:stop()
  end)
end)
