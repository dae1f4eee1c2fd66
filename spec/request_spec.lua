-- core/request, body, input: bindings, bodies, and every kind of problem.
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

describe("labels", function()
  local function url(v)
    local http = build("get_custom_model", { modelIdentifier = v })
    return http and http.url
  end

  it("are encoded whole", function()
    assert.equal("/custom-models/a%2Fb%3A1%20%C3%BC~", url "a/b:1 ü~")
    assert.equal("/custom-models/...", url "...")
    assert.equal("/custom-models/%2E" == url "%2E", false)
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

describe("the query", function()
  it("holds text, numbers, booleans and times", function()
    assert.equal("/custom-models?creationTimeAfter=2015-08-30T12%3A36%3A00Z"
      .. "&isOwned=true&maxResults=5&nameContains=a%20%26b",
      build("list_custom_models", { nameContains = "a &b", maxResults = 5,
        isOwned = true, creationTimeAfter = 1440938160 }).url)
    assert.equal("/custom-models?nameContains=x",
      build("list_custom_models", { nameContains = "x" }).url)
  end)

  it("repeats the key of a list", function()
    local http = build("untag_resource", { resourceArn = "arn:x",
      tagKeys = { "a", "b c" } })
    assert.is_nil(http)              -- bedrock's takes a body
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

  it("hold an empty table as the model says", function()
    local http = build("converse", { modelId = "m", messages = {},
      inferenceConfig = {}, requestMetadata = {} })
    assert.equal('{"inferenceConfig":{},"messages":[],"requestMetadata":{}}',
      http.body)
  end)
end)

describe("idempotency tokens", function()
  it("are filled in body, header and query when absent", function()
    local create = { modelName = "m", modelSourceConfig = {
      s3DataSource = { s3Uri = "s3://b/m/" } } }
    assert.truthy(build("create_custom_model", create).body:find(
      '"clientRequestToken":"' .. TOKEN .. '"}', 1, true))
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

describe("problems", function()
  it("are told all at once, each with its path", function()
    assert.same({
      "modelName: is required and missing",
      'modelSourceConfig.s3DataSource.s3Uri: is required and missing',
      'modelSourceConfig.s3DataSource.s3Url: is not a member of '
        .. 'S3DataSource; did you mean "s3Uri"?',
      "modelTags[1].key: is required and missing",
      'modelTags[1].kee: is not a member of Tag; did you mean "key"?',
      "modelTags[1].value: is required and missing",
      "modelTags[2].value: expected a string, got a number",
    }, (function()
      local p = problems_of("create_custom_model", {
        modelSourceConfig = { s3DataSource = { s3Url = "s3://b" } },
        modelTags = { { kee = "a" }, { key = "k", value = 1 } } })
      table.sort(p, function(a, b) return a:lower() < b:lower() end)
      table.sort(p)
      -- "kee" sorts before "key"; the list above is in reading order
      local at
      for i, v in ipairs(p) do if v:find "%.kee" then at = i end end
      table.insert(p, 5, table.remove(p, at))
      return p
    end)())
  end)

  it("name what is wrong", function()
    local function content(v)
      return { modelId = "m", messages = { { role = "user",
        content = v } } }
    end
    for _, case in ipairs {
      { "converse", {}, "modelId", "required" },
      { "converse", { modelId = 5 }, "modelId", "expected a string" },
      { "converse", { modelId = "" }, "modelId", "below the minimum of 1" },
      { "converse", { modelId = "\255" }, "modelId", "UTF-8" },
      { "converse", { modelId = "m", inferenceConfig = { maxTokens = 0 } },
        "inferenceConfig.maxTokens", "0, below the minimum of 1" },
      { "converse", { modelId = "m", inferenceConfig = { maxTokens = 1.5 } },
        "inferenceConfig.maxTokens", "whole number" },
      { "converse", { modelId = "m", inferenceConfig = { maxTokens = "1" } },
        "inferenceConfig.maxTokens", "expected an integer, got a string" },
      { "converse", { modelId = "m", inferenceConfig = {
        maxTokens = 2147483648 } }, "inferenceConfig.maxTokens", "32 bits" },
      { "converse", { modelId = "m", inferenceConfig = {
        temperature = true } }, "inferenceConfig.temperature", "a number" },
      { "converse", { modelId = "m", inferenceConfig = { foo = 1 } },
        "inferenceConfig.foo", "it has: maxTokens, stopSequences" },
      { "converse", { modelId = "m", messages = "x" }, "messages",
        "expected a list" },
      { "converse", { modelId = "m", messages = { a = 1 } }, "messages",
        "other keys than 1..n" },
      { "converse", { modelId = "m", messages = { [2] = {} } }, "messages",
        "other keys than 1..n" },
      { "converse", { modelId = "m", messages = bedrock.object {} },
        "messages", "expected a list" },
      { "converse", content {}, nil },
      { "converse", content { {} }, "messages[1].content[1]",
        "exactly one member, 0 are set" },
      { "converse", content { { text = "a", image = { format = "png",
        source = { bytes = "" } } } }, "messages[1].content[1]",
        "exactly one member, 2 are set" },
      { "converse", content { { text = bedrock.null } },
        "messages[1].content[1].text", "expected a string, got null" },
      { "converse", content { { image = { format = "png",
        source = { bytes = {} } } } },
        "messages[1].content[1].image.source.bytes", "string of bytes" },
      { "converse", content { print }, "messages[1].content[1]",
        "expected a table, got function" },
      { "list_custom_models", { isOwned = 1 }, "isOwned", "a boolean" },
      { "list_custom_models", { creationTimeAfter = "noon" },
        "creationTimeAfter", "not a time" },
      { "list_custom_models", { creationTimeAfter = 1e15 },
        "creationTimeAfter", "years 1 and 9999" },
      { "invoke_model", { modelId = "m", accept = "a\r\nb" }, "accept",
        "line breaks" },
      { "converse", { modelId = "m", ["a\0b"] = 1 }, "a\0b", "not a member" },
      { "converse", { modelId = "m", [1] = 1 }, "[1]", "not a member" },
      { "converse", { modelId = "m", requestMetadata = { a = 1 } },
        "requestMetadata.a", "expected a string" },
    } do
      local problems = problems_of(case[1], case[2]) or {}
      if case[3] == nil then
        assert.equal(0, #problems)
      else
        assert.equal(1, #problems, case[3])
        local path, message = problems[1]:match "^(.-): (.*)$"
        assert.equal(case[3], path)
        assert.truthy(message:find(case[4], 1, true), message)
      end
    end
  end)

  it("stop at a hundred", function()
    local tags = {}
    for i = 1, 1000 do tags[i] = {} end
    assert.equal(100, #problems_of("create_custom_model",
      { modelTags = tags }))
  end)

  it("do not arise from what the service is to judge", function()
    assert.truthy(build("converse", { modelId = ("x"):rep(5000),
      messages = { { role = "a new role", content = {} } } }))
  end)
end)

describe('unknown_members = "send"', function()
  it("lets new members through as they are", function()
    local http = build("converse", { modelId = "m", brandNew = { 1, "a" },
      inferenceConfig = { newer = true } }, { send_unknown = true })
    assert.equal('{"inferenceConfig":{"newer":true},"brandNew":[1,"a"]}',
      http.body)
  end)
end)
