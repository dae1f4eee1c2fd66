-- core/request, core/body: bindings, bodies, tokens.
local unit = require "unit"
local bedrock = require "bedrock"

local TOKEN = "07070707-0707-4707-8707-070707070707"

local function build(op, input, settings)
  settings = settings or {}
  settings.build_only = true
  local c = unit.call(op, input, settings)
  local problems = c:problems()
  local _, _, kind, code, message = c:state()
  if kind == "ok" then
    c:next()
    local http = c:http()
    c:free()
    http.url = http.url:gsub("^https://[^/]+", "")
    return http
  end
  c:free()
  return nil, problems, kind, code, message
end

local function problems_of(op, input, settings)
  local _, problems = build(op, input, settings)
  table.sort(problems or {})
  return problems
end

local function url_of_label(n)
  return build("get_custom_model", { modelIdentifier = ("x"):rep(n) })
end

describe("labels", function()
  local function url(v)
    local http = build("get_custom_model", { modelIdentifier = v })
    return http and http.url
  end

  it("are encoded whole", function()
    assert.equal("/custom-models/a%2Fb%3A1%20%C3%BC~", url "a/b:1 ü~")
    assert.equal("/custom-models/...", url "...")
    assert.equal("/custom-models/%252E", url "%2E")
    assert.equal("/custom-models/a%0Ab%00c%3F%23%25", url "a\nb\0c?#%")
    assert.equal("/custom-models/%2F..%2F", url "/../")
    assert.equal("/custom-models/%F0%9F%98%80", url "😀")
  end)

  it("never name another resource", function()
    for _, bad in ipairs { "", ".", ".." } do
      local problems = problems_of("get_custom_model",
        { modelIdentifier = bad })
      assert.equal(1, #problems, bad)
      assert.truthy(problems[1]:find "^modelIdentifier: ")
    end
  end)
end)

describe("the path", function()
  it("keeps the slash at its end, or has none, as the model says",
    function()
      for op, want in pairs { list_agents = "/agents/",
        list_custom_models = "/custom-models", list_sessions = "/sessions/" }
      do
        assert.equal(want, build(op, {}).url)
      end
      assert.equal("/agents/a%2Fb/agentversions/1/", build(
        "get_agent_version", { agentId = "a/b", agentVersion = "1" }).url)
    end)

  it("follows that of a custom endpoint, with one slash", function()
    for endpoint, want in pairs { ["http://h"] = "http://h/custom-models",
      ["http://h/"] = "http://h/custom-models",
      ["http://h/p"] = "http://h/p/custom-models",
      ["http://h:8080/p//"] = "http://h:8080/p/custom-models" } do
      local c = unit.call("list_custom_models", {}, { endpoint = endpoint })
      c:next()
      assert.equal(want, c:http().url)
      c:free()
    end
  end)

  it("may be 64 KiB long, no longer", function()
    assert.truthy(url_of_label(60000))
    local _, problems, kind, code = build("get_custom_model",
      { modelIdentifier = ("x"):rep(65536) })
    assert.same({ 0, "input", "InputTooLarge" }, { #problems, kind, code })
  end)
end)

-- The scratch buffer of one member is the next one's, too.
describe("a member larger than any request", function()
  it("is refused, whatever follows it", function()
    local large = ("x"):rep(300000)
    for _, input in ipairs {
      { modelId = large }, { modelId = large, accept = "a/b" },
      { modelId = "m", accept = large },
      { modelId = "m", accept = large, contentType = "a/b", trace = "t" },
    } do
      local http, _, _, code = build("invoke_model", input)
      assert.is_nil(http, http and http.url)
      assert.equal("InputTooLarge", code)
    end
    local http, _, _, code = build("list_custom_models",
      { baseModelArnEquals = large, nameContains = "n", nextToken = "t" })
    assert.is_nil(http, http and http.url)
    assert.equal("InputTooLarge", code)
  end)
end)

describe("the query", function()
  it("holds text, numbers, booleans and times", function()
    assert.equal("/custom-models?creationTimeAfter=2015-08-30T12%3A36%3A00Z"
      .. "&isOwned=true&maxResults=5&nameContains=a%20%26b",
      build("list_custom_models", { nameContains = "a &b", maxResults = 5,
        isOwned = true, creationTimeAfter = 1440938160 }).url)
    for text, want in pairs { x = "x", ["a/b?c&d=e+f%"] =
      "a%2Fb%3Fc%26d%3De%2Bf%25", ["é"] = "%C3%A9" } do
      assert.equal("/custom-models?nameContains=" .. want,
        build("list_custom_models", { nameContains = text }).url)
    end
    assert.equal("/custom-models?isOwned=false",
      build("list_custom_models", { isOwned = false }).url)
  end)

  it("repeats the key of a list", function()
    local function untag(keys)
      return build("untag_resource", { resourceArn = "arn:aws:x:y/zzzzzzzzzz",
        tagKeys = keys }, { service = "bedrock-agent" })
    end
    assert.equal("/tags/arn%3Aaws%3Ax%3Ay%2Fzzzzzzzzzz?tagKeys=a&tagKeys=b%20c",
      untag { "a", "b c" }.url)
    assert.equal("/tags/arn%3Aaws%3Ax%3Ay%2Fzzzzzzzzzz?tagKeys=%26%3D",
      untag { "&=" }.url)
    assert.equal("/tags/arn%3Aaws%3Ax%3Ay%2Fzzzzzzzzzz", untag {}.url)
    assert.equal("DELETE", untag {}.method)
    -- that of bedrock itself takes a body
    assert.equal('{"resourceARN":"arn:aws:bedrock:us-east-1:1:x/yyyyyyyyyy",'
      .. '"tagKeys":["a","b"]}', build("untag_resource", {
        resourceARN = "arn:aws:bedrock:us-east-1:1:x/yyyyyyyyyy",
        tagKeys = { "a", "b" } }).body)
  end)
end)

describe("bodies", function()
  it("are absent, empty objects, JSON or bytes, as the model says",
    function()
      local http = build("list_custom_models", {})
      assert.equal("", http.body)
      assert.is_nil(http.headers["Content-Type"])
      http = build("list_agents", {})
      assert.equal("{}", http.body)
      assert.equal("application/json", http.headers["Content-Type"])
      http = build("invoke_model", { modelId = "m", body = "\0\1x",
        contentType = "a/b", accept = "c/d" })
      assert.equal("\0\1x", http.body)
      assert.equal("a/b", http.headers["Content-Type"])
      assert.equal("c/d", http.headers.Accept)
      http = build("invoke_model", { modelId = "m", body = "x" })
      assert.is_nil(http.headers["Content-Type"])
      http = build("get_data_automation_status", {
        invocationArn = "arn:aws:bedrock:us-east-1:1:x" })
      assert.equal("POST", http.method)
      assert.equal("/", http.url)
      assert.equal("application/x-amz-json-1.1",
        http.headers["Content-Type"])
      assert.equal("AmazonBedrockKeystoneRuntimeService"
        .. ".GetDataAutomationStatus", http.headers["X-Amz-Target"])
    end)

  it("hold blobs as base64, times by their format", function()
    local http = build("converse", { modelId = "m", messages = { {
      role = "user", content = { { image = { format = "png",
        source = { bytes = "\255\254" } } } } } } })
    assert.truthy(http.body:find('"bytes":"//4="', 1, true))
    local function event(t)
      return build("create_event", { memoryId = "memory-1234567890",
        actorId = "a", payload = {}, eventTimestamp = t,
        clientToken = "t" }).body:match '"eventTimestamp":([^,}]+)'
    end
    assert.equal("1440938160.678", event(1440938160.6789))
    assert.equal("1440938160.000", event "2015-08-30T12:36:00Z")
  end)

  it("are a structure alone where the model says so", function()
    local http = build("start_automated_reasoning_policy_build_workflow", {
      policyArn = "p", buildWorkflowType = "t", sourceContent = {} })
    assert.equal("{}", http.body)
    assert.equal("application/json", http.headers["Content-Type"])
    assert.equal(TOKEN, http.headers["x-amz-client-token"])
    assert.falsy(http.url:find(TOKEN, 1, true))
  end)

  it("of a POST without members do not exist", function()
    for op, input in pairs { list_sessions = {}, prepare_agent =
      { agentId = "AGENT12345" } } do
      local http = build(op, input)
      assert.same({ "", "nil" }, { http.body,
        tostring(http.headers["Content-Type"]) }, op)
    end
  end)

  it("hold documents as they were declared", function()
    local http = build("converse", { modelId = "m",
      additionalModelRequestFields = { a = bedrock.array {},
        o = bedrock.object {} } })
    assert.truthy(http.body:find('"a":[]', 1, true))
    assert.truthy(http.body:find('"o":{}', 1, true))
  end)

  it("hold an empty table as the model says", function()
    local http = build("converse", { modelId = "m", messages = {},
      inferenceConfig = {}, requestMetadata = {} })
    assert.equal('{"inferenceConfig":{},"messages":[],"requestMetadata":{}}',
      http.body)
  end)
end)

-- The forms that a caller may write, and those that the services want.
describe("times", function()
  local function query(t)
    return build("list_custom_models", { creationTimeAfter = t }).url
      :match "=(.*)"
  end

  it("have a fraction only where there is one", function()
    for t, want in pairs { [0] = "1970-01-01T00%3A00%3A00Z",
      [-1] = "1969-12-31T23%3A59%3A59Z",
      [1.5] = "1970-01-01T00%3A00%3A01.500000Z",
      ["2015-08-30T14:36:00+02:00"] = "2015-08-30T12%3A36%3A00Z",
      ["Sun, 30 Aug 2015 12:36:00 GMT"] = "2015-08-30T12%3A36%3A00Z",
      ["1440938160"] = "2015-08-30T12%3A36%3A00Z",
      ["1440938160.25"] = "2015-08-30T12%3A36%3A00.250000Z" } do
      assert.equal(want, query(t), t)
    end
  end)

  it("of bedrock-agentcore keep three decimals", function()
    for t, want in pairs { [0] = "0.000", [1.0009] = "1.000",
      [1.5] = "1.500", [-0.5] = "-0.5", [-1] = "-1.0" } do
      assert.equal(want, build("create_event", { memoryId = "m-1234567890",
        actorId = "a", payload = {}, eventTimestamp = t }).body
        :match '"eventTimestamp":([^,}]+)', t)
    end
  end)
end)

describe("idempotency tokens", function()
  it("are filled in body, header and query when absent", function()
    local create = { modelName = "m", modelSourceConfig = {
      s3DataSource = { s3Uri = "s3://b/m/" } } }
    assert.truthy(build("create_custom_model", create).body:find(
      '"clientRequestToken":"' .. TOKEN .. '"}', 1, true))
    assert.equal('{"modelName":"m","modelSourceConfig":{"s3DataSource":'
      .. '{"s3Uri":"s3://b/m/"}},"clientRequestToken":"' .. TOKEN .. '"}',
      build("create_custom_model", create).body)
    assert.equal('{"clientToken":"' .. TOKEN .. '"}',
      build("stop_runtime_session", { agentRuntimeArn = "a",
        runtimeSessionId = ("x"):rep(33) }).body)
    create.clientRequestToken = "mine"
    local body = build("create_custom_model", create).body
    assert.truthy(body:find('"clientRequestToken":"mine"', 1, true))
    assert.falsy(body:find(TOKEN, 1, true))
    assert.equal(TOKEN, build("invoke_agent_runtime", {
      agentRuntimeArn = "a", payload = "x" }).headers
      ["X-Amzn-Bedrock-AgentCore-Runtime-Session-Id"])
    assert.truthy(build("delete_browser", { browserId = "b-1234567890" })
      .url:find("?clientToken=" .. TOKEN, 1, true))
  end)
end)

describe("each allocation failing in turn", function()
  for name, case in pairs {
    body = { "create_custom_model", { modelName = ("n"):rep(500),
      modelSourceConfig = { s3DataSource = { s3Uri = "s3://b" } } } },
    query = { "list_custom_models", { nameContains = ("n"):rep(500) } },
    header = { "invoke_model", { modelId = "m", body = ("b"):rep(500),
      accept = ("a"):rep(500) } },
    problems = { "create_custom_model", { modelTags = { {}, {}, {}, {} } } },
  } do
    it("is told: " .. name, function()
      local last
      for k = 1, 100 do
        local c, code = unit.call(case[1], case[2], { fail_at = k,
          build_only = true })
        c:next()
        c:problems()
        local state, _, kind = c:state()
        if code ~= 0 then assert.equal("done", state) end
        local left, made = c:free()
        assert.equal(0, left, k)
        if made < k then
          last = k
          break
        end
        assert.truthy(kind == "memory"
          or name == "problems" and kind == "input", k .. kind)
      end
      assert.truthy(last and last > 1, last)
    end)
  end
end)
