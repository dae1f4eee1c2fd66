-- The local Bedrock, proved with curl, which signs by its own means.
local json = require "dkjson"
local standin = require "spec.support.standin"

-- Whatever proxies and settings the user has, these tests stay on loopback.
local CURL = "curl -q -s --noproxy '*' --max-time 10 "

local function quote(s)
  return "'" .. s:gsub("'", "'\\''") .. "'"
end

-- curl signs the path of its URL as it stands, but SigV4 wants the path on
-- the wire encoded once more: so the URL carries that form, and
-- --request-target the form for the wire.
local function encode(path)
  return (path:gsub("[^%w%-%._~/]", function(c)
    return ("%%%02X"):format(c:byte())
  end))
end

local function parse(output)
  local text, exit = output:match "^(.*)\nexit=(%d+)\n$"
  local answer = { exit = tonumber(exit), headers = {} }
  repeat
    local head, rest = text:match "^(HTTP/.-\r\n)\r\n(.*)$"
    text = rest or text
    answer.head = head or answer.head
  until not rest
  answer.body = text
  answer.json = json.decode(text)
  for line in (answer.head or ""):gmatch "([^\r\n]+)" do
    local name, value = line:match "^([^:]+): (.*)$"
    if name then answer.headers[name:lower()] = value end
  end
  answer.status = tonumber((answer.head or ""):match "^HTTP/%S+ (%d+)")
  local code = answer.headers["x-amzn-errortype"]
  answer.code = code and code:match "^[^:]+"
  return answer
end

-- options: body (a table or a text), query, prefix, key, secret, service,
-- region, extra (more words for curl), unsigned
local function call(server, method, path, options)
  local o = options or {}
  path = (o.prefix or "") .. path
  local query = o.query and "?" .. o.query or ""
  local words = { CURL .. "-i -g -X " .. method,
    o.extra or "", quote(server.url .. encode(path) .. query),
    "--request-target " .. quote(path .. query) }
  if not o.unsigned then
    words[#words + 1] = ("--aws-sigv4 aws:amz:%s:%s -u %s"):format(
      o.region or "us-east-1", o.service or "bedrock",
      quote((o.key or server.access_key) .. ":"
        .. (o.secret or server.secret_key)))
  end
  if o.body then
    local body = type(o.body) == "table" and json.encode(o.body) or o.body
    words[#words + 1] = "-H 'Content-Type: application/json' --data-raw "
      .. quote(body)
  end
  local pipe = io.popen(table.concat(words, " ") .. '; echo; echo exit=$?')
  local output = pipe:read "*a"
  pipe:close()
  return parse(output)
end

local CREATE = "/custom-models/create-custom-model"

local function wish(name, more)
  local body = { modelName = name, modelSourceConfig = {
    s3DataSource = { s3Uri = "s3://amzn-s3-demo-bucket/model/" } } }
  for k, v in pairs(more or {}) do body[k] = v end
  return body
end

local function create(server, name, more)
  return call(server, "POST", CREATE, { body = wish(name, more) })
end

local function arn_path(arn)
  return "/custom-models/" .. encode(arn):gsub("/", "%%2F")
end

local function expect(status, answer)
  assert.equal(status, answer.status, answer.body)
  return answer
end

local function expect_error(status, code, answer)
  expect(status, answer)
  assert.equal(code, answer.code)
  assert.is_string(answer.json.message)
  assert.truthy(answer.headers["x-amzn-requestid"]:match
    "^%x+%-%x+%-4%x+%-[89ab]%x+%-%x+$")
  return answer
end

describe("the local Bedrock", function()
  local s, slow

  setup(function()
    s = standin.start { creating = 0 }
    slow = standin.start { creating = 60 }
  end)

  teardown(function()
    s:stop()
    slow:stop()
  end)

  describe("custom models", function()
    it("creates with every member, and gets by ARN and by name", function()
      local made = expect(202, create(s, "whole", {
        modelKmsKeyArn = "arn:aws:kms:us-east-1:123456789012:key/"
          .. "12345678-1234-1234-1234-123456789012",
        roleArn = "arn:aws:iam::123456789012:role/BedrockImport",
        modelTags = { { key = "team", value = "nlp" } },
        clientRequestToken = "whole-1" }))
      local arn = made.json.modelArn
      assert.truthy(arn:match("^arn:aws:bedrock:us%-east%-1:123456789012:"
        .. "custom%-model/imported/%w%w%w%w%w%w%w%w%w%w%w%w$"))
      for _, path in ipairs { arn_path(arn), "/custom-models/whole" } do
        local got = expect(200, call(s, "GET", path)).json
        assert.equal(arn, got.modelArn)
        assert.equal("whole", got.modelName)
        assert.equal("Active", got.modelStatus)
        assert.equal("IMPORTED", got.customizationType)
        assert.truthy(got.modelKmsKeyArn:match "123456789012$")
        assert.truthy(got.creationTime:match "^%d+%-%d+%-%d+T%d.*Z$")
      end
    end)

    it("takes the newer data source", function()
      local body = { modelName = "newer", customModelDataSource = {
        modelPackageArnDataSource = { modelPackageArn =
          "arn:aws:sagemaker:us-east-1:123456789012:model-package/a/1" } } }
      expect(202, call(s, "POST", CREATE, { body = body }))
      body.modelName = "both"
      body.modelSourceConfig = wish("x").modelSourceConfig
      expect_error(400, "ValidationException",
        call(s, "POST", CREATE, { body = body }))
    end)

    it("goes from Creating to Active", function()
      local brief = standin.start { creating = 0.3 }
      expect(202, create(brief, "becoming"))
      local seen = {}
      repeat
        local state = call(brief, "GET", "/custom-models/becoming").json
          .modelStatus
        seen[state] = (seen[state] or 0) + 1
      until state ~= "Creating"
      brief:stop()
      assert.truthy(seen.Creating)
      assert.equal(1, seen.Active)
    end)

    it("fails a model whose name asks for it, and says why", function()
      expect(202, create(s, "fail-here"))
      local got = call(s, "GET", "/custom-models/fail-here").json
      assert.equal("Failed", got.modelStatus)
      assert.is_string(got.failureMessage)
    end)

    it("tells all problems of a request together", function()
      local answer = expect_error(400, "ValidationException",
        call(s, "POST", CREATE, { body = { modelName = "no spaces",
          roleArn = "me", modelSourceConfig = {
            s3DataSource = { s3Uri = "http://x" } },
          modelTags = { { key = "a" } } } }))
      local message = answer.json.message
      assert.truthy(message:match "^4 validation errors detected: ")
      for _, path in ipairs { "modelName", "roleArn",
        "modelSourceConfig.s3DataSource.s3Uri",
        "modelTags.1.member.value" } do
        assert.truthy(message:find("at '" .. path .. "'", 1, true), path)
      end
      assert.truthy(answer.headers["x-amzn-errortype"]:match "^%u%a+:http")
    end)

    it("keeps names apart, and regions", function()
      local arn = expect(202, create(s, "single")).json.modelArn
      expect_error(400, "ConflictException", create(s, "single"))
      for _, path in ipairs { "/custom-models/single", arn_path(arn) } do
        expect_error(404, "ResourceNotFoundException",
          call(s, "GET", path, { region = "eu-west-1" }))
      end
    end)

    it("knows a token again", function()
      local one = expect(202, create(s, "once", { clientRequestToken = "t" }))
      local two = expect(202, create(s, "once", { clientRequestToken = "t" }))
      assert.equal(one.json.modelArn, two.json.modelArn)
      expect_error(400, "ConflictException",
        create(s, "other", { clientRequestToken = "t" }))
    end)

    it("deletes, but not while creating", function()
      expect(202, create(slow, "busy"))
      expect_error(400, "ConflictException",
        call(slow, "DELETE", "/custom-models/busy"))
      local arn = create(s, "gone").json.modelArn
      local deleted = expect(200, call(s, "DELETE", arn_path(arn)))
      assert.equal("{}", deleted.body)
      expect_error(404, "ResourceNotFoundException",
        call(s, "GET", "/custom-models/gone"))
      expect_error(404, "ResourceNotFoundException",
        call(s, "DELETE", arn_path(arn)))
    end)

    it("refuses bodies that are not JSON objects", function()
      for _, body in ipairs { "{", "[1]", '"x"', "[]" } do
        expect_error(400, "SerializationException",
          call(s, "POST", CREATE, { body = body }))
      end
    end)

    it("does not know other paths and methods", function()
      for _, path in ipairs { "/", "/custom-models/", "/custom-models/a/b",
        "/nothing" } do
        expect_error(404, "UnknownOperationException", call(s, "GET", path))
      end
      expect_error(404, "UnknownOperationException",
        call(s, "PUT", "/custom-models/x"))
    end)
  end)

  describe("lists", function()
    local l

    local function names(query)
      local answer = expect(200, call(l, "GET", "/custom-models",
        { query = query }))
      assert.is_table(answer.json.modelSummaries)
      local out = {}
      for i, m in ipairs(answer.json.modelSummaries) do
        out[i] = m.modelName
      end
      return table.concat(out, " "), answer.json.nextToken
    end

    setup(function()
      l = standin.start { creating = 0 }
      assert.equal("", (names()))
      for _, name in ipairs { "a1", "fail-a2", "b3", "b4" } do
        expect(202, create(l, name))
      end
    end)

    teardown(function() l:stop() end)

    it("writes an empty list as a list", function()
      local answer = call(l, "GET", "/custom-models",
        { query = "isOwned=false" })
      assert.equal('{"modelSummaries":[]}', answer.body)
    end)

    it("orders and filters", function()
      local cases = {
        { nil, "b4 b3 fail-a2 a1" },
        { "sortBy=CreationTime&sortOrder=Ascending", "a1 fail-a2 b3 b4" },
        { "nameContains=b", "b4 b3" },
        { "modelStatus=Failed", "fail-a2" },
        { "isOwned=true&modelStatus=Active", "b4 b3 a1" },
        { "creationTimeBefore=2020-01-01T00%3A00%3A00Z", "" },
        { "creationTimeAfter=2020-01-01T00%3A00%3A00.5Z",
          "b4 b3 fail-a2 a1" },
        { "creationTimeAfter=2999-01-01T00%3A00%3A00Z", "" },
        { "creationTimeAfter=" .. os.date("!%Y-%m-%dT%H%%3A%M%%3A%S",
          os.time() + 3600 - 60) .. "%2B01%3A00", "b4 b3 fail-a2 a1" },
        { "baseModelArnEquals=x", "" },
      }
      for _, case in ipairs(cases) do
        assert.equal(case[2], (names(case[1])), case[1])
      end
    end)

    it("pages, also when a model goes between two pages", function()
      local first, token = names "maxResults=2"
      assert.equal("b4 b3", first)
      expect(200, call(l, "DELETE", "/custom-models/b3"))
      local second, last = names("maxResults=2&nextToken=" .. token)
      assert.equal("fail-a2 a1", second)
      assert.is_nil(last)
      expect_error(400, "ValidationException", call(l, "GET",
        "/custom-models", { query = "maxResults=2&nameContains=b&nextToken="
          .. token }))
    end)

    it("refuses wrong parameters", function()
      for _, query in ipairs { "nextToken=1.abc", "maxResults=0",
        "maxResults=1001", "maxResults=x", "modelStatus=Gone",
        "sortBy=Name", "sortOrder=Up", "isOwned=1",
        "creationTimeAfter=yesterday",
        "creationTimeBefore=2026-13-01T00%3A00%3A00Z" } do
        expect_error(400, "ValidationException",
          call(l, "GET", "/custom-models", { query = query }))
      end
    end)
  end)

  describe("tags", function()
    local arn

    local function tagged()
      local answer = expect(200, call(s, "POST", "/listTagsForResource",
        { body = { resourceARN = arn } }))
      local out = {}
      for i, tag in ipairs(answer.json.tags) do
        out[i] = tag.key .. "=" .. tag.value
      end
      return table.concat(out, " ")
    end

    local function tag(tags)
      return call(s, "POST", "/tagResource",
        { body = { resourceARN = arn, tags = tags } })
    end

    setup(function()
      arn = create(s, "tagged", { modelTags = {
        { key = "a", value = "1" } } }).json.modelArn
    end)

    it("are added, replaced, removed", function()
      assert.equal("a=1", tagged())
      expect(200, tag { { key = "b", value = "2" },
        { key = "a", value = "3" } })
      assert.equal("a=3 b=2", tagged())
      expect(200, call(s, "POST", "/untagResource",
        { body = { resourceARN = arn, tagKeys = { "a", "none" } } }))
      assert.equal("b=2", tagged())
    end)

    it("are at most fifty, together", function()
      local many = {}
      for i = 1, 50 do many[i] = { key = "k" .. i, value = "" } end
      local answer = expect_error(400, "TooManyTagsException", tag(many))
      assert.equal(arn, answer.json.resourceName)
      assert.equal("b=2", tagged())
      many[51] = { key = "k51", value = "" }
      expect_error(400, "TooManyTagsException",
        create(s, "much", { modelTags = many }))
    end)

    it("need a resource that exists, and fitting keys", function()
      expect_error(404, "ResourceNotFoundException",
        call(s, "POST", "/listTagsForResource", { body = {
          resourceARN = arn:sub(1, -13) .. "zzzzzzzzzzzz" } }))
      expect_error(400, "ValidationException", tag { { key = "", value = "" } })
      expect_error(400, "ValidationException", tag {
        { key = "x", value = "" }, { key = "x", value = "" } })
      expect_error(400, "ValidationException", call(s, "POST",
        "/untagResource", { body = { resourceARN = arn } }))
    end)
  end)

  describe("signatures", function()
    local function get(server, options)
      return call(server, "GET", "/custom-models", options)
    end

    it("of a stranger", function()
      local answer = expect_error(403, "UnrecognizedClientException",
        get(s, { key = "AKIDOTHER" }))
      assert.equal("The security token included in the request is invalid.",
        answer.json.message)
    end)

    it("made with a wrong secret", function()
      local answer = expect_error(403, "InvalidSignatureException",
        get(s, { secret = "wrong" }))
      assert.truthy(answer.json.message:match
        "^The request signature we calculated does not match the signature")
    end)

    it("of another path, query or body", function()
      local extra = "--request-target /custom-models?maxResults=3"
      for _, o in ipairs {
        { extra = extra:gsub("/custom%-models", "/tagResource") },
        { extra = extra },
      } do
        local pipe = io.popen((CURL .. "-i %s/custom-models"
          .. " --aws-sigv4 aws:amz:us-east-1:bedrock -u %s:%s %s"
          .. "; echo; echo exit=$?"):format(s.url, s.access_key,
            s.secret_key, o.extra))
        local answer = parse(pipe:read "*a")
        pipe:close()
        expect_error(403, "InvalidSignatureException", answer)
      end
      local hash = ("0"):rep(64)
      local answer = expect_error(403, "InvalidSignatureException", get(s, {
        extra = "-H 'X-Amz-Content-SHA256: " .. hash .. "'" }))
      assert.truthy(answer.json.message:find("not the hash of the body", 1,
        true))
    end)

    it("that are missing or incomplete", function()
      expect_error(403, "MissingAuthenticationTokenException",
        get(s, { unsigned = true }))
      expect_error(403, "IncompleteSignatureException", get(s, {
        unsigned = true, extra = "-H 'Authorization: AWS4-HMAC-SHA256 x'" }))
    end)

    it("for another service, or for no region", function()
      expect_error(403, "InvalidSignatureException",
        get(s, { service = "s3" }))
      expect_error(403, "InvalidSignatureException",
        get(s, { region = "nowhere" }))
      expect(200, get(s, { region = "us-gov-west-1" }))
    end)

    it("that are too old, or from the future", function()
      local function skewed(seconds)
        local prefix = "/fault/skew=" .. seconds
        return get(s, { prefix = prefix })
      end
      expect(200, skewed(800))
      local old = expect_error(403, "InvalidSignatureException", skewed(1000))
      assert.truthy(old.json.message:match "^Signature expired: ")
      local early = expect_error(403, "InvalidSignatureException",
        skewed(-1000))
      assert.truthy(early.json.message:match "^Signature not yet current: ")
    end)

    it("cover a query in any order, encoded or empty", function()
      expect(200, get(s, { query = "maxResults=5&nameContains=a_b" }))
      expect(200, get(s, { query = "a=%20%2F&b=" }))
    end)

    it("carry the session token", function()
      local t = standin.start { session_token = "TOKEN/+=" }
      local right = "-H 'X-Amz-Security-Token: TOKEN/+='"
      expect(200, get(t, { extra = right }))
      expect_error(403, "UnrecognizedClientException", get(t))
      expect_error(403, "UnrecognizedClientException",
        get(t, { extra = "-H 'X-Amz-Security-Token: other'" }))
      expect_error(403, "UnrecognizedClientException",
        get(s, { extra = right }))
      t:stop()
    end)

    it("leave no x-amz header out", function()
      -- The Authorization of a request without it, and then the header.
      local echo = call(s, "GET", "/custom-models",
        { prefix = "/fault/echo" }).json.headers
      local path = quote(s.url .. "/fault/echo/custom-models")
      local same = ("-H 'Authorization: %s' -H 'X-Amz-Date: %s'"):format(
        echo.authorization, echo["x-amz-date"])
      for header, result in pairs {
        [""] = "valid", ["-H 'X-Other: 1'"] = "valid",
        ["-H 'X-Amz-Extra: 1'"] = "InvalidSignatureException",
      } do
        local pipe = io.popen((CURL .. "%s %s %s"):format(path, same, header))
        local answer = json.decode(pipe:read "*a")
        pipe:close()
        assert.equal(result, answer.signature, header)
      end
    end)
  end)

  describe("the wire", function()
    it("takes chunked bodies, and large ones after 100 Continue", function()
      local echo = { prefix = "/fault/echo", body = ("x"):rep(40000) }
      for _, extra in ipairs { "-H 'Transfer-Encoding: chunked'",
        "-H 'Expect: 100-continue'" } do
        echo.extra = extra
        local answer = expect(200, call(s, "POST", "/x", echo))
        assert.equal(echo.body, answer.json.body)
        assert.equal("valid", answer.json.signature)
      end
    end)

    it("keeps connections", function()
      local url = s.url .. "/fault/echo/"
      local pipe = io.popen((CURL .. "-o /dev/null -o /dev/null -w"
        .. " '%%{num_connects}' %sa %sb"):format(url, url))
      assert.equal("10", pipe:read "*a")
      pipe:close()
    end)

    it("serves others while one hangs", function()
      local hung = io.popen(CURL
        .. quote(s:fault "hang" .. "/x") .. "& echo $!")
      local pid = hung:read "*l"
      expect(200, call(s, "GET", "/custom-models"))
      os.execute("kill " .. pid)
      hung:close()
    end)

    it("refuses what is not HTTP, and goes on", function()
      for _, line in ipairs { "hello", "GET /\\001 HTTP/1.1",
        "GET / HTTP/2.0", "GET / HTTP/1.1\\r\\nbad header",
        "GET / HTTP/1.1", "POST / HTTP/1.1\\r\\nHost: a\\r\\n"
          .. "Content-Length: -1",
        "POST / HTTP/1.1\\r\\nHost: a\\r\\nContent-Length: 99999999999" } do
        local pipe = io.popen(("printf '%s\\r\\n\\r\\n' | "
          .. CURL .. "telnet://%s"):format(line,
            s.url:match "//(.*)$"))
        assert.truthy(pipe:read "*a":match "^HTTP/1.1 4%d%d ", line)
        pipe:close()
      end
      expect(200, call(s, "GET", "/custom-models"))
    end)

    it("ends when nobody has been there for a while", function()
      local brief, start = standin.start { idle = 0.2 }, os.time()
      assert.is_nil(brief.pipe:read "*l")
      brief:stop()
      assert.truthy(os.time() - start < 4)
    end)

    it("ends when it is told to", function()
      local brief = standin.start()
      brief:stop()
      assert.equal(7, tonumber(io.popen(CURL .. brief.url
        .. "; echo $?"):read "*a"))
    end)
  end)

  describe("TLS", function()
    it("with a certificate for both names, gone at the end", function()
      local t = standin.start { tls = true }
      local extra = "--cacert " .. t.ca_file
      expect(200, call(t, "GET", "/custom-models", { extra = extra }))
      local port = t.url:match "%d+$"
      local by_ip = { url = "https://127.0.0.1:" .. port,
        access_key = t.access_key, secret_key = t.secret_key }
      expect(200, call(by_ip, "GET", "/custom-models", { extra = extra }))
      assert.equal(60, tonumber(io.popen(CURL .. t.url
        .. "; echo $?"):read "*a"))
      t:stop()
      assert.is_nil(io.open(t.ca_file))
    end)
  end)

  describe("faults", function()
    -- exit code of curl and status, for a GET whose endpoint has the fault
    local function meet(spec, extra)
      return call(s, "GET", "/custom-models", { prefix = "/fault/" .. spec,
        extra = extra })
    end

    it("break the connection or the framing", function()
      for spec, exit in pairs {
        close = 52, reset = 56, garbage = 1, hang = 28,
        ["half-body"] = 18, ["bad-chunk"] = 56, ["huge=1e12"] = 28,
      } do
        local pipe = io.popen(CURL .. "-o /dev/null --max-time 0.5 "
          .. quote(s:fault(spec) .. "/custom-models") .. "; echo $?")
        assert.equal(exit, tonumber(pipe:read "*a"), spec)
        pipe:close()
      end
    end)

    it("cut the head, which curl takes for an empty answer", function()
      local pipe = io.popen(CURL .. "-i "
        .. quote(s:fault "half-head" .. "/x"))
      local head = pipe:read "*a"
      pipe:close()
      assert.truthy(head:match "^HTTP/1.1 200 OK\r\n")
      assert.is_nil(head:find("\r\n\r\n", 1, true))
    end)

    it("say more than they announced", function()
      local pipe = io.popen("printf 'GET /fault/long-body/x HTTP/1.1\\r\\n"
        .. "Host: a\\r\\nConnection: close\\r\\n\\r\\n' | " .. CURL
        .. "telnet://" .. s.url:match "//(.*)$")
      local output = pipe:read "*a"
      pipe:close()
      local size = tonumber(output:match "Content%-Length: (%d+)")
      local body = output:match "\r\n\r\n(.*)$"
      assert.truthy(#body > size)
      assert.is_table(json.decode(body:sub(1, size)))
    end)

    it("answer in place of the service", function()
      expect_error(503, "ServiceUnavailableException", meet "status=503")
      local answer = expect_error(429, "SlowDown",
        meet "status=429;code=SlowDown;message=not%20so%20fast;retry-after=7")
      assert.equal("not so fast", answer.json.message)
      assert.equal("7", answer.headers["x-amz-retry-after"])
      answer = expect(502, meet "html=502")
      assert.truthy(answer.body:match "^<html>")
      assert.equal("text/html", answer.headers["content-type"])
      assert.equal("", expect(500, meet "empty=500").body)
      assert.equal("this is plain text", expect(200, meet "not-json").body)
      assert.equal("[1,2", expect(200, meet "wrong-json").body)
      assert.equal(('"%s"'):format(("a"):rep(99998)),
        expect(200, meet "huge=100000").body)
      answer = expect(200, meet "huge-head=50000")
      assert.equal("{}", answer.body)
      assert.truthy(#answer.head > 50000)
      answer = expect(307, meet "redirect")
      assert.equal(s.url .. "/custom-models", answer.headers.location)
      expect_error(400, "SerializationException", meet "no-such-fault")
    end)

    it("change how the true answer comes", function()
      local truth = expect(200, call(s, "GET", "/custom-models")).body
      for _, spec in ipairs { "http10", "close-after", "delay=1",
        "drip=0", "long-body", "half-body" } do
        assert.equal(truth, expect(200, meet(spec)).body, spec)
      end
      assert.truthy(meet("http10").head:match "^HTTP/1.0 200 OK")
      expect_error(403, "InvalidSignatureException",
        call(s, "GET", "/custom-models", { prefix = "/fault/http10",
          secret = "wrong" }))
    end)

    it("take their time", function()
      for _, spec in ipairs { "delay=200", "drip=1" } do
        local pipe = io.popen(CURL .. "-o /dev/null -w '%{time_total}' "
          .. quote(s:fault(spec) .. "/x"))
        local seconds = tonumber((pipe:read("*a"):gsub(",", ".")))
        pipe:close()
        assert.truthy(seconds > 0.15, spec)
      end
    end)

    it("close a connection that looked kept", function()
      local url = quote(s:fault "close-after" .. "/x")
      local pipe = io.popen((CURL .. "-o /dev/null -o /dev/null -w"
        .. " '%%{num_connects}' %s %s"):format(url, url))
      assert.equal("11", pipe:read "*a")
      pipe:close()
    end)

    it("come only so many times for a key", function()
      local spec = "status=500;times=2;key=k1"
      expect(500, meet(spec))
      expect(500, meet(spec))
      expect(200, meet(spec))
      expect(200, meet "close;times=1;key=k1")
      expect(500, meet "status=500;times=1;key=k2")
    end)

    it("cut an answer, but do the work", function()
      local body = wish("cut", { clientRequestToken = "cut" })
      local options = { body = body, prefix = "/fault/half-body;times=1" }
      local first = call(s, "POST", CREATE, options)
      local second = expect(202, call(s, "POST", CREATE, options))
      assert.equal(json.decode(first.body).modelArn, second.json.modelArn)
    end)
  end)
end)
