-- What a call returns when the server, the line or the caller is at fault:
-- always a typed error, soon, and the client goes on as before.
local bedrock = require "bedrock"
local echo = require "spec.support.echo"
local standin = require "spec.support.standin"

local SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
local KEYS = { creds = { access_key_id = "AKIDEXAMPLE",
  secret_access_key = SECRET } }
local KINDS = { input = 1, config = 1, credentials = 1, connection = 1,
  timeout = 1, service = 1, stream = 1, decode = 1, cancelled = 1,
  memory = 1 }

local function new(more)
  local config = { region = "us-east-1", credentials = KEYS,
    max_attempts = 1, timeout = 20 }
  for name, value in pairs(more or {}) do config[name] = value end
  return assert(bedrock.client(config))
end

-- The error has all that errors have; returns it.
local function check(err)
  assert.equal("table", type(err))
  assert.truthy(KINDS[err.kind], err.kind)
  assert.equal("string", type(err.code))
  assert.equal("string", type(err.message))
  assert.equal("boolean", type(err.retryable))
  assert.truthy(err.attempts >= 0)
  local text = tostring(err)
  for _, part in ipairs { err.operation, err.code, "(" .. err.kind,
    err.message, err.hint or "", err.request_id or "" } do
    assert.truthy(text:find(part, 1, true), text)
  end
  assert.is_nil(text:find(SECRET, 1, true))
  assert.is_nil(text:find("Signature=", 1, true))
  assert.is_nil(text:find "[%z\1-\8\11-\31\127]", text)
  return err
end

-- The largest that this process has ever been, in KiB.
local function peak()
  local file = assert(io.open "/proc/self/status")
  local kib = file:read "*a":match "VmHWM:%s*(%d+)"
  file:close()
  return tonumber(kib)
end

describe("an answer that is broken", function()
  local s, client

  setup(function()
    s = standin.start { creating = 0 }
    client = new { endpoint = s.url }
    assert(client:list_custom_models())
  end)

  teardown(function() s:stop() end)

  -- The fault, what is expected of the error, and options of the call.
  local CASES = {
    { "garbage", { kind = "decode", code = "BadResponse",
      retryable = false } },
    { "html=502", { kind = "service", code = "502", status = 502,
      retryable = true, hint = "proxy or load balancer" } },
    { "html=403", { kind = "service", code = "403", status = 403,
      retryable = false, hint = "proxy or load balancer" } },
    { "html=200", { kind = "decode", code = "BadJson", status = 200,
      hint = 'Content-Type "text/html"' } },
    { "empty=500", { kind = "service", code = "500", status = 500,
      retryable = true } },
    { "not-json", { kind = "decode", code = "BadJson", status = 200,
      retryable = false, hint = "does the endpoint belong" } },
    { "wrong-json", { kind = "decode", code = "BadJson", status = 200 } },
    { "huge=1073741824", { kind = "decode", code = "ResponseTooLarge",
      message = "128 MiB" } },
    { "huge-head=1000000", { kind = "decode", code = "BadResponseHead" } },
    { "hang", { kind = "timeout", code = "ReadTimeout", retryable = true,
      message = "0.3 s", hint = "read_timeout" }, { read_timeout = 0.3 } },
    { "hang", { kind = "timeout", code = "CallTimeout", retryable = true,
      message = "0.3 s", hint = "timeout" }, { timeout = 0.3 } },
    { "delay=2000", { kind = "timeout", code = "ReadTimeout" },
      { read_timeout = 0.2 } },
    { "drip=5", { kind = "timeout", code = "CallTimeout" },
      { read_timeout = 0.5, timeout = 0.8 } },
    { "close", { kind = "connection", code = "ConnectionClosed",
      retryable = true } },
    { "reset", { kind = "connection", code = "ConnectionClosed" } },
    { "half-head", { kind = "connection", code = "ConnectionClosed" } },
    { "half-body", { kind = "connection", code = "ConnectionClosed",
      retryable = true } },
    { "bad-chunk", { kind = "connection", code = "ConnectionClosed" } },
    { "redirect", { kind = "service", code = "307", status = 307,
      hint = "redirects are not followed", retryable = false } },
    { "redirect=301", { kind = "service", code = "301", status = 301 } },
  }

  for _, case in ipairs(CASES) do
    local spec, want, options = case[1], case[2], case[3] or {}
    it("is told: " .. spec .. " as " .. want.code, function()
      collectgarbage()
      collectgarbage()
      local open, start = echo.descriptors(), os.time()
      options.endpoint = s:fault(spec)
      local result, err = client:list_custom_models({}, options)
      assert.is_nil(result)
      check(err)
      for _, name in ipairs { "kind", "code", "status", "retryable" } do
        if want[name] ~= nil then assert.equal(want[name], err[name]) end
      end
      for _, name in ipairs { "message", "hint" } do
        assert.truthy((err[name] or ""):find(want[name] or "", 1, true),
          tostring(err))
      end
      assert.equal("list_custom_models", err.operation)
      assert.equal("bedrock", err.service)
      assert.equal(1, err.attempts)
      assert.is_nil(err.fields)
      assert.truthy(os.time() - start <= 5)
      local good, meta = client:list_custom_models()
      assert.truthy(good, tostring(meta))
      assert.equal(open, echo.descriptors())
    end)
  end

  it("is told when a created model's ARN is missing", function()
    local result, err = client:create_custom_model({ modelName = "m" },
      { endpoint = s:fault "empty=200" })
    assert.is_nil(result)
    assert.equal("decode", check(err).kind)
  end)

  it("of 1 GB costs little memory", function()
    local before = peak()
    local _, err = client:list_custom_models({},
      { endpoint = s:fault "huge=1073741824" })
    assert.equal("ResponseTooLarge", err.code)
    assert.truthy(peak() - before < 400 * 1024, peak() - before)
  end)

  it("is good when it is only odd", function()
    for _, spec in ipairs { "http10", "close-after", "long-body", "drip=1",
      "delay=100" } do
      for _ = 1, 2 do
        local result, err = client:list_custom_models({},
          { endpoint = s:fault(spec), read_timeout = 2 })
        assert.same({ modelSummaries = {} }, result, tostring(err))
      end
    end
  end)

  it("is retried when it is worth it, and then given up", function()
    for spec, attempts in pairs { close = 3, ["half-body"] = 3,
      ["html=502"] = 3, garbage = 1, ["not-json"] = 1, ["html=403"] = 1,
      redirect = 1 } do
      local _, err = new { endpoint = s:fault(spec), max_attempts = 3 }
        :list_custom_models()
      assert.equal(attempts, check(err).attempts, spec)
    end
    for spec in pairs { close = 1, reset = 1, ["half-body"] = 1,
      ["empty=503"] = 1 } do
      local result, meta = new { max_attempts = 2, endpoint = s:fault(spec
        .. ";times=1;key=" .. spec:gsub("=", "")) }:list_custom_models()
      assert.truthy(result, spec .. tostring(meta))
      assert.equal(2, meta.attempts)
    end
  end)
end)

describe("a server that is not there", function()
  it("refuses the connection", function()
    local s = standin.start()
    s:stop()
    local client = new { endpoint = s.url }
    local open
    for i = 1, 3 do
      local result, err = client:list_custom_models()
      assert.is_nil(result)
      check(err)
      assert.equal("connection", err.kind)
      assert.equal("ConnectFailed", err.code)
      assert.equal(true, err.retryable)
      assert.is_nil(err.status)
      if i == 1 then
        collectgarbage()
        collectgarbage()
        open = echo.descriptors()
      end
      assert.equal(open, echo.descriptors())
    end
  end)

  it("comes back, and the same client reaches it", function()
    local s = standin.start()
    local port = s.url:match "%d+$"
    local client = new { endpoint = s.url }
    assert(client:list_custom_models())
    s:stop()
    local _, err = client:list_custom_models()
    assert.equal("connection", check(err).kind)
    s = standin.start { port = port }
    assert.truthy(client:list_custom_models())
    s:stop()
  end)

  it("does not speak TLS", function()
    local s = standin.start()
    local _, err = new { endpoint = s.url:gsub("^http:", "https:") }
      :list_custom_models()
    assert.equal("connection", check(err).kind)
    assert.equal("TlsFailed", err.code)
    s:stop()
  end)
end)

describe("a certificate", function()
  local s, client

  setup(function()
    s = standin.start { tls = true }
    client = new { endpoint = s.url, ca_bundle = s.ca_file }
    assert(client:list_custom_models())
  end)

  teardown(function() s:stop() end)

  it("that nobody trusts", function()
    collectgarbage()
    collectgarbage()
    local open = echo.descriptors()
    do
      local _, err = new { endpoint = s.url }:list_custom_models()
      check(err)
      assert.equal("connection", err.kind)
      assert.equal("TlsNotTrusted", err.code)
      assert.truthy(err.hint:find("ca_bundle", 1, true))
    end
    collectgarbage()
    collectgarbage()
    assert.equal(open, echo.descriptors())
  end)

  it("for another host", function()
    -- Linux takes 0.0.0.0 for this machine; the certificate does not.
    local _, err = client:list_custom_models({}, {
      endpoint = s.url:gsub("localhost", "0.0.0.0") })
    check(err)
    assert.equal("connection", err.kind)
    assert.equal("TlsNotTrusted", err.code)
    assert.truthy(err.message:find("0.0.0.0", 1, true))
    assert.truthy(client:list_custom_models())
  end)

  it("store that does not exist", function()
    local _, err = new { endpoint = s.url, ca_bundle = "/nowhere.pem" }
      :list_custom_models()
    check(err)
    assert.equal("config", err.kind)
    assert.equal("BadCaBundle", err.code)
    assert.truthy(err.message:find("/nowhere.pem", 1, true))
  end)

  it("does not keep a hanging server from being noticed", function()
    local _, err = client:list_custom_models({}, {
      endpoint = s:fault "hang", read_timeout = 0.2 })
    assert.equal("ReadTimeout", check(err).code)
  end)
end)

describe("an error of the service", function()
  local e, client

  setup(function()
    e = echo.start()
    client = new()
  end)

  teardown(function() e:stop() end)

  local function fail(wish, name, input)
    local result, err = client[name or "list_custom_models"](client,
      input or {}, { endpoint = e:answer(wish) })
    assert.is_nil(result)
    assert.equal("service", check(err).kind)
    return err
  end

  it("has its code wherever the service put it", function()
    for _, wish in ipairs {
      { headers = { ["X-Amzn-ErrorType"] = "FooError" } },
      { headers = { ["x-amzn-errortype"] = "FooError:http://a.b/c" } },
      { headers = { ["x-amzn-ErrorType"] = "aws.x#FooError:http://a" } },
      { headers = { ["x-amzn-ErrorType"] = "FooError" },
        body = '{"__type":"Other"}' },
      { body = '{"code":"FooError"}' }, { body = '{"Code":"FooError"}' },
      { body = '{"__type":"a.b#FooError"}' },
      { body = '{"code":"FooError","__type":"Other"}' },
    } do
      wish.status = 400
      local err = fail(wish)
      assert.equal("FooError", err.code)
      assert.equal(400, err.status)
      assert.equal("", err.message)
    end
  end)

  it("has its message, its request id, and no code but the status",
    function()
      local err = fail { status = 418, body = '{"message":"a\\nü"}',
        headers = { ["x-amzn-RequestId"] = "id-1" } }
      assert.equal("418", err.code)
      assert.equal("a\nü", err.message)
      assert.equal("id-1", err.request_id)
      err = fail { status = 400, body = '{"Message":"big"}',
        headers = { ["x-amz-request-id"] = "id-2" } }
      assert.equal("big", err.message)
      assert.equal("id-2", err.request_id)
      for _, body in ipairs { "", " ", "null", "[]", '"x"', "{", "\0",
        '{"message":1,"code":{}}' } do
        assert.equal("400", fail({ status = 400, body = body }).code, body)
      end
    end)

  it("has the modelled members as fields", function()
    local err = fail { status = 400, body = '{"message":"many",'
      .. '"resourceName":"arn:x","unknown":1}', headers = {
        ["x-amzn-ErrorType"] = "TooManyTagsException" } }
    assert.equal("arn:x", err.fields.resourceName)
    assert.is_nil(err.fields.unknown)
    err = fail({ status = 424, body = '{"message":"m","resourceName":"r",'
      .. '"originalStatusCode":500}', headers = {
        ["x-amzn-ErrorType"] = "ModelErrorException" } },
      "invoke_model", { modelId = "m" })
    assert.equal(500, err.fields.originalStatusCode)
    assert.equal("bedrock-runtime", err.service)
    err = fail({ status = 400, headers = {
      ["x-amzn-ErrorType"] = "ValidationException" }, body =
        '{"message":"m","fieldList":[{"name":"n","message":"w"}]}' },
      "list_agents")
    assert.same({ { name = "n", message = "w" } }, err.fields.fieldList)
    err = fail { status = 400, body = '{"resourceName":[1]}', headers = {
      ["x-amzn-ErrorType"] = "TooManyTagsException" } }
    assert.is_nil(err.fields)
  end)

  it("is retryable when it says so", function()
    for code, case in pairs {
      ThrottlingException = { 400, true }, SlowDown = { 400, true },
      ValidationException = { 400, false }, Unknown = { 400, false },
      InternalServerException = { 500, true }, NotThere = { 501, false },
      RequestTimeout = { 400, true }, TooMany = { 429, true },
    } do
      local err = fail { status = case[1],
        headers = { ["x-amzn-ErrorType"] = code } }
      assert.equal(case[2], err.retryable, code)
    end
    local err = fail({ status = 429, headers = {
      ["x-amzn-ErrorType"] = "ModelNotReadyException" } }, "invoke_model",
      { modelId = "m" })
    assert.equal(true, err.retryable)
  end)

  it("is cut when it is long, not when it is odd", function()
    local err = fail { status = 400, headers = {
      ["x-amzn-ErrorType"] = ("E"):rep(200) },
      body = '{"message":"' .. ("ü"):rep(5000) .. '"}' }
    assert.equal("E", err.code:match "^E+$" and "E")
    assert.truthy(err.message:match "^ü")
  end)
end)

describe("misuse raises:", function()
  local client = new()

  local function raises(text, f, ...)
    local ok, message = pcall(f, ...)
    assert.is_false(ok)
    assert.truthy(tostring(message):find(text, 1, true), message)
  end

  it("an operation that does not exist, with a suggestion", function()
    for wrong, right in pairs { create_custom_modle = "create_custom_model",
      CreateCustomModel = false, convers = "converse",
      listCustomModels = "list_custom_models" } do
      raises(right and '"' .. right .. '"' or wrong,
        function() return client[wrong] end)
    end
    raises("bedrock.operations()", function()
      return client[("z"):rep(60)]
    end)
  end)

  it("wrong kinds of arguments", function()
    for _, wrong in ipairs { 1, "x", true, print } do
      raises("table expected", client.list_custom_models, client, wrong)
      raises("table expected", client.list_custom_models, client, {}, wrong)
      raises("table expected", client.build, client, "list_agents", wrong)
    end
    for _, wrong in ipairs { 1, "x", {}, io.stdout } do
      raises("bedrock.client expected", client.list_custom_models, wrong, {})
      raises("bedrock.client expected", client.build, wrong, "x", {})
    end
    raises("string expected", client.build, client, {}, {})
    raises("string expected", client.build, client)
  end)

  it("and leaves the client as it was", function()
    assert.truthy(client:build("list_custom_models"))
  end)
end)

describe("an error", function()
  it("about the input has its problems", function()
    local result, err = new():create_custom_model {
      modelTags = { { kee = "a" } } }
    assert.is_nil(result)
    check(err)
    assert.equal("input", err.kind)
    assert.equal("InvalidInput", err.code)
    assert.equal(0, err.attempts)
    assert.equal(false, err.retryable)
    assert.equal("create_custom_model", err.operation)
    assert.equal("bedrock", err.service)
    assert.equal(4, #err.problems)
    for _, p in ipairs(err.problems) do
      assert.truthy(tostring(err):find("\n  " .. p.path .. " " .. p.message,
        1, true))
    end
  end)

  it("is a table of the caller's own", function()
    local _, err = new():create_custom_model {}
    err.code, err.message, err.kind, err.hint = nil, nil, nil, {}
    err.problems, err.operation = "x", nil
    assert.equal("string", type(tostring(err)))
    assert.equal("string", type(getmetatable(err)))
  end)
end)
