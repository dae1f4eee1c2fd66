-- core/input: what is checked before anything is sent, and how it is told.
local unit = require "unit"
local bedrock = require "bedrock"

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

  -- "Client-side validation": the cases of the table, each alone.
  it("are these and no others", function()
    local deep = {}
    for _ = 1, 450 do deep = { deep } end
    local loop = { type = "x" }
    loop.loop = loop
    local function fields(v) return { modelId = "m",
      additionalModelRequestFields = v } end
    for path, case in pairs {
      modelId = { "converse", { modelId = "\237\160\128" }, "UTF-8" },
      ["messages[2].role"] = { "converse", { modelId = "m", messages = {
        { role = "r", content = {} }, { content = {} } } }, "required" },
      ["messages[1].content[2].image.format"] = { "converse", {
        modelId = "m", messages = { { role = "r", content = { { text = "t" },
          { image = { source = { bytes = "" } } } } } } }, "required" },
      ["toolConfig.toolChoice"] = { "converse", { modelId = "m",
        toolConfig = { tools = { { toolSpec = { name = "n", inputSchema =
          { json = {} } } } }, toolChoice = {} } }, "exactly one member" },
      ["requestMetadata"] = { "converse", { modelId = "m",
        requestMetadata = bedrock.array {} }, "names and values" },
      ["inferenceConfig"] = { "converse", { modelId = "m",
        inferenceConfig = bedrock.array {} }, "a table" },
      ["inferenceConfig.stopSequences[1]"] = { "converse", { modelId = "m",
        inferenceConfig = { stopSequences = { "" } } }, "minimum of 1" },
      ["additionalModelRequestFields.f"] = { "converse",
        fields { f = print }, "JSON value" },
      ["additionalModelRequestFields.n[1]"] = { "converse",
        fields { n = { 0 / 0 } }, "NaN" },
      ["additionalModelRequestFields.h"] = { "converse",
        fields { h = { [2] = 1 } }, "a hole" },
      ["additionalModelRequestFields"] = { "converse",
        fields { [1] = 1, a = 2 }, "both kinds" },
      ["tagKeys[2]"] = { "untag_resource", {
        resourceArn = "arn:aws:x:y/zzzzzzzzzz",
        tagKeys = { "k", 5 } }, "a string", { service = "bedrock-agent" } },
      ["body"] = { "invoke_model", { modelId = "m", body = {} },
        "string of bytes" },
      ["clientRequestToken"] = { "create_custom_model", { modelName = "m",
        clientRequestToken = bedrock.null }, "null" },
      ["input"] = { "converse", "x", "a table" },
    } do
      local problems = problems_of(case[1], case[2], case[4])
      assert.equal(1, #problems, path)
      assert.equal(path, (problems[1]:match "^(.-): "))
      assert.truthy(problems[1]:find(case[3], 1, true), problems[1])
    end
    for _, v in ipairs { deep, loop } do
      local problems = problems_of("converse", fields(v))
      assert.equal(1, #problems)
      assert.truthy(problems[1]:find "nested too deeply")
    end
  end)

  it("are counted to the last level of nesting", function()
    local function nested(n)
      local v = {}
      for _ = 2, n do v = { a = v } end
      return problems_of("converse", { modelId = "m",
        additionalModelRequestFields = v }) or {}
    end
    assert.same({}, nested(400))
    assert.equal(1, #nested(401))
  end)

  it("tell a number's width and sign", function()
    local function tokens(v)
      return (problems_of("converse", { modelId = "m",
        inferenceConfig = { maxTokens = v } }) or {})[1]
    end
    assert.is_nil(tokens(2147483647))
    assert.is_nil(tokens(5))
    assert.truthy(tokens(2147483648):find "32 bits")
    assert.truthy(tokens(-2147483649):find "32 bits")
    assert.truthy(tokens(-1):find "is %-1, below the minimum of 1")
    for _, v in ipairs { 1 / 0, -1 / 0, 0 / 0, 0.5, 1e300 } do
      assert.truthy(tokens(v):find "whole number", v)
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
