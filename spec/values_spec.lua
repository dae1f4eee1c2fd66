-- Lua values to requests and answers to Lua values, seen from outside: what
-- shapes decide, what stays exact, what is refused and how that is told.
local bedrock = require "bedrock"
local echo = require "spec.support.echo"

local client = assert(bedrock.client { region = "us-east-1",
  credentials = { creds = { access_key_id = "A", secret_access_key = "S" } } })
local null, array, object = bedrock.null, bedrock.array, bedrock.object

local function body(name, input, options)
  local r, err = client:build(name, input, options)
  assert.truthy(r, tostring(err))
  return r.body
end

-- path -> message, and the error
local function problems(name, input, options)
  local r, err = client:build(name, input, options)
  assert.is_nil(r)
  assert.equal("input", err.kind)
  assert.equal("InvalidInput", err.code)
  local by_path = {}
  for _, p in ipairs(err.problems) do by_path[p.path] = p.message end
  return by_path, err
end

local function converse(more)
  local input = { modelId = "m" }
  for name, value in pairs(more) do input[name] = value end
  return input
end

-- The JSON of a document, and of the problem with it.
local function document(value)
  return body("converse", converse { additionalModelRequestFields = value })
    :match '^{"additionalModelRequestFields":(.*)}$'
end

local function bad_document(value)
  local by_path, err = problems("converse",
    converse { additionalModelRequestFields = value })
  return by_path, err
end

local function event(more)
  local input = { memoryId = "memory-123456", actorId = "a",
    eventTimestamp = 0, payload = {}, clientToken = "t" }
  for name, value in pairs(more) do input[name] = value end
  return input
end

-- ======================================================================
describe("input", function()
  it("is a list or an object as the shape says", function()
    for json, more in pairs {
      ['{"messages":[]}'] = { messages = {} },
      ['{"inferenceConfig":{}}'] = { inferenceConfig = {} },
      ['{"requestMetadata":{}}'] = { requestMetadata = {} },
      ['{"requestMetadata":{"a":"b"}}'] = { requestMetadata = { a = "b" } },
      ['{"inferenceConfig":{"stopSequences":[]}}'] =
        { inferenceConfig = { stopSequences = {} } },
      ['{"system":[{"text":"a"},{"text":"b"}]}'] =
        { system = { { text = "a" }, { text = "b" } } },
      ['{"messages":[{"content":[],"role":"user"}]}'] =
        { messages = array { { role = "user", content = array {} } } },
      ['{"requestMetadata":{}} '] = { requestMetadata = object {} },
    } do
      assert.equal(json:gsub(" $", ""), body("converse", converse(more)))
    end
  end)

  it("writes numbers, booleans and strings", function()
    for json, value in pairs { ["1"] = 1, ["0"] = 0, ["0.5"] = 0.5,
      ["0.1"] = 0.1 } do
      assert.equal('{"inferenceConfig":{"temperature":' .. json .. "}}",
        body("converse",
          converse { inferenceConfig = { temperature = value } }))
    end
    for json, text in pairs { ['a'] = "a", ['\\u0000b'] = "\0b",
      ['\\"\\\\/'] = '"\\/', ['\\n\\t\\u001f'] = "\n\t\31",
      ['ü€😀'] = "ü€😀", ['\127'] = "\127" } do
      assert.equal('{"system":[{"text":"' .. json .. '"}]}',
        body("converse", converse { system = { { text = text } } }))
    end
  end)

  it("takes whole numbers however Lua holds them", function()
    for _, value in ipairs { 1024, 2 ^ 10, 1024.0, 4096 / 4 } do
      assert.equal('{"inferenceConfig":{"maxTokens":1024}}',
        body("converse",
          converse { inferenceConfig = { maxTokens = value } }))
    end
  end)

  it("writes blobs as base64, or raw when they are the body", function()
    for base64, bytes in pairs { [""] = "", ["AA=="] = "\0",
      ["AP8="] = "\0\255", ["AP/+"] = "\0\255\254", ["Zm9vYg=="] = "foob" }
    do
      assert.equal('{"messages":[{"content":[{"image":{"format":"png",'
        .. '"source":{"bytes":"' .. base64 .. '"}}}],"role":"user"}]}',
        body("converse", converse { messages = { { role = "user",
          content = { { image = { format = "png",
            source = { bytes = bytes } } } } } } }))
      assert.equal(bytes, body("invoke_model",
        { modelId = "m", body = bytes }))
    end
  end)

  it("writes times as the shape wants them", function()
    for json, time in pairs { ["1786104000.000"] = 1786104000,
      ["0.500"] = 0.5, ["-0.5"] = -0.5,
      ["1786104000.000 "] = "2026-08-07T12:00:00Z",
      ["1786104000.250"] = "2026-08-07T14:00:00.25+02:00" } do
      assert.equal('{"actorId":"a","clientToken":"t","eventTimestamp":'
        .. json:gsub(" $", "") .. ',"payload":[]}',
        body("create_event", event { eventTimestamp = time }))
    end
    for query, time in pairs {
      ["1970-01-01T00%3A00%3A00Z"] = 0,
      ["2026-08-07T12%3A00%3A00Z"] = 1786104000,
      ["2026-08-07T12%3A00%3A00.500000Z"] = 1786104000.5,
      ["2026-08-07T10%3A00%3A00Z"] = "2026-08-07T12:00:00+02:00",
      ["1969-12-31T23%3A59%3A59Z"] = -1,
    } do
      local r = client:build("list_custom_models",
        { creationTimeAfter = time })
      assert.equal("creationTimeAfter=" .. query, r.url:match "%?(.*)$")
    end
    for _, wrong in ipairs { "soon", "", "2026-13-01T00:00:00Z", 1e300,
      1 / 0, 0 / 0, true, {}, "2026-08-07" .. "\0" } do
      local by_path = problems("create_event",
        event { eventTimestamp = wrong })
      assert.truthy(by_path.eventTimestamp:find("time", 1, true))
    end
  end)

  it("takes no text that is not UTF-8", function()
    for _, wrong in ipairs { "\255", "a\128", "\192\128", "\237\160\128",
      "\244\144\128\128", "\195" } do
      assert.same({ ["system[1].text"] = "is not UTF-8 text" },
        (problems("converse", converse { system = { { text = wrong } } })))
      assert.same({ modelId = "is not UTF-8 text" },
        (problems("converse", { modelId = wrong })))
      assert.same({ ["additionalModelRequestFields.a[2]"] =
        "is not UTF-8 text" }, (bad_document { a = { 1, wrong } }))
      assert.truthy(next((bad_document { [wrong] = 1 })))
      assert.truthy(next((problems("converse",
        converse { requestMetadata = { [wrong] = "a" } }))))
    end
  end)
end)

-- ======================================================================
describe("a document", function()
  it("becomes the JSON that was meant", function()
    for json, value in pairs {
      ["{}"] = {}, ["[]"] = array {}, ["{} "] = object {},
      ["[1,2]"] = { 1, 2 }, ['{"a":[]}'] = { a = array() },
      ["[{},[]]"] = { {}, array {} }, ['"x"'] = "x", ["true"] = true,
      ["false"] = false, ["null"] = null, ["[null,null]"] = { null, null },
      ['{"a":null}'] = { a = null }, ["0.5"] = 0.5,
      ['{"1":2}'] = { ["1"] = 2 }, ['[[[1]]]'] = { { { 1 } } },
      ['"\\u0000"'] = "\0", ['{"\\u0000":1}'] = { ["\0"] = 1 },
      ['{"":1}'] = { [""] = 1 }, ["1e+300"] = 1e300, ["-1"] = -1,
    } do
      local got = document(value)
      if json == "1e+300" then
        assert.equal(1e300, tonumber(got))
      else
        assert.equal((json:gsub(" $", "")), got)
      end
    end
  end)

  it("that JSON cannot say is refused, with its path", function()
    local at = "additionalModelRequestFields"
    for _, case in ipairs {
      { 0 / 0, "" }, { 1 / 0, "" }, { -1 / 0, "" }, { print, "" },
      { { a = { print } }, ".a[1]" }, { { a = 0 / 0 }, ".a" },
      { { [1] = 1, [3] = 3 }, "" }, { { 1, a = 2 }, "" },
      { { [true] = 1 }, "" }, { { [1.5] = 1 }, "" },
      { { x = array { [2] = 1 } }, ".x" }, { array { a = 1 }, "" },
      { object { 1 }, "" }, { coroutine.create(function() end), "" },
    } do
      local by_path = bad_document(case[1])
      assert.truthy(by_path[at .. case[2]], case[2])
    end
  end)

  it("or a list that has other keys is never cut", function()
    for i = 1, 40 do
      -- In a constructor, 1 may come last in the order of next.
      local late, hole = { ["x" .. i] = 1, [1] = 2 }, { [i + 2] = 1, [1] = 1 }
      for _, value in ipairs { late, hole } do
        assert.truthy(next((bad_document(value))), i)
        assert.truthy(next((bad_document { value })), i)
        assert.truthy(next((bad_document(array(value)))), i)
        assert.truthy(problems("converse", converse {
          messages = value }).messages, i)
      end
    end
  end)

  it("does not look through metatables", function()
    local odd = setmetatable({}, { __index = function() error "asked" end,
      __pairs = function() error "asked" end,
      __len = function() error "asked" end })
    assert.equal("{}", document(odd))
    assert.equal('{"messages":[],"system":[]}', body("converse",
      setmetatable(converse { messages = odd, system = odd },
        getmetatable(odd))))
  end)

  it("may be nested deeply, but not without end", function()
    local function nested(depth)
      local top = {}
      local t = top
      for _ = 2, depth do
        t.a = {}
        t = t.a
      end
      return top
    end
    assert.equal(('{"a":'):rep(299) .. "{}" .. ("}"):rep(299),
      document(nested(300)))
    local _, err = bad_document(nested(500))
    assert.truthy(err.problems[1].message:find("nested too deeply", 1, true))
  end)

  it("or a structure that holds itself is refused", function()
    local chain, list, filter = {}, {}, {}
    chain.a, list[1] = chain, list
    filter.andAll = { { equals = { key = "a", value = 1 } }, filter }
    local _, err = bad_document(chain)
    local function told(problem)
      return problem.message:find("hold itself", 1, true)
    end
    assert.truthy(told(err.problems[1]))
    _, err = bad_document(list)
    assert.truthy(told(err.problems[1]))
    _, err = problems("retrieve", { knowledgeBaseId = "kb12345678",
      retrievalQuery = { text = "x" }, retrievalConfiguration = {
        vectorSearchConfiguration = { filter = filter } } })
    assert.truthy(told(err.problems[1]))
  end)

  it("that holds itself twice is refused soon", function()
    local program = [[
      local t = {}
      t[1], t[2] = t, t
      local f = {}
      f.andAll = { f, f }
      local c = require "bedrock".client { region = "us-east-1",
        credentials = { anonymous = true } }
      local _, err = c:build("converse", { modelId = "m",
        additionalModelRequestFields = t })
      print(err.kind)
      _, err = c:build("retrieve", { knowledgeBaseId = "kb12345678",
        retrievalQuery = { text = "x" }, retrievalConfiguration = {
          vectorSearchConfiguration = { filter = f } } })
      print(err.kind)]]
    assert.equal("input\ninput\n",
      echo.child(program, nil, "timeout 5"))
  end)
end)

-- ======================================================================
describe("the check of input", function()
  local e

  setup(function() e = echo.start() end)
  teardown(function() e:stop() end)

  it("names the path and what was meant", function()
    assert.same({
      ["modelTags[1].kee"] =
        'is not a member of Tag; did you mean "key"?',
      ["modelTags[1].key"] = "is required and missing",
      ["modelTags[1].value"] = "is required and missing",
    }, (problems("create_custom_model",
      { modelName = "m", modelTags = { { kee = "a" } } })))
  end)

  it("tells each case", function()
    local of = "the minimum of "
    for _, case in ipairs {
      { {}, "modelId", "is required and missing" },
      { { modelId = 1 }, "modelId", "expected a string, got a number" },
      { { modelId = null }, "modelId", "expected a string, got null" },
      { { modelId = "" }, "modelId", "its length is 0, below " .. of .. 1 },
      { { modelId = ".." }, "modelId", "must not be" },
      { converse { foo = 1 }, "foo", "is not a member of ConverseRequest" },
      { converse { 1 }, "[1]", "is not a member" },
      { converse { [true] = 1 }, "input", "is not a member" },
      { converse { inferenceConfig = { foo = 1 } }, "inferenceConfig.foo",
        "it has: maxTokens, stopSequences, temperature, topP" },
      { converse { inferenceConfig = { maxTokens = 0 } },
        "inferenceConfig.maxTokens", "the value is 0, below " .. of .. 1 },
      { converse { inferenceConfig = { maxTokens = "1" } },
        "inferenceConfig.maxTokens", "expected an integer, got a string" },
      { converse { inferenceConfig = { maxTokens = 1.5 } },
        "inferenceConfig.maxTokens", "whole number" },
      { converse { inferenceConfig = { maxTokens = 3000000000 } },
        "inferenceConfig.maxTokens", "does not fit 32 bits" },
      { converse { inferenceConfig = { temperature = true } },
        "inferenceConfig.temperature", "expected a number, got a boolean" },
      { converse { inferenceConfig = null }, "inferenceConfig",
        "expected a table, got null" },
      { converse { inferenceConfig = array {} }, "inferenceConfig",
        "expected a table" },
      { converse { messages = object {} }, "messages", "expected a list" },
      { converse { messages = "x" }, "messages",
        "expected a list, got a string" },
      { converse { messages = { [2] = {} } }, "messages", "other keys" },
      { converse { messages = { a = {} } }, "messages", "other keys" },
      { converse { messages = { { role = 1, content = {} } } },
        "messages[1].role", "expected a string, got a number" },
      { converse { requestMetadata = { a = 1 } }, "requestMetadata.a",
        "expected a string" },
      { converse { requestMetadata = { "x" } }, "requestMetadata",
        "expected a string, got a number" },
      { converse { requestMetadata = array { } }, "requestMetadata",
        "expected a table of names and values" },
      { converse { inferenceConfig = { stopSequences = { "" } } },
        "inferenceConfig.stopSequences[1]", "below the minimum of 1" },
      { converse { messages = { { role = "u", content = { { image =
        { format = "png", source = { bytes = 1 } } } } } } },
        "messages[1].content[1].image.source.bytes",
        "expected a string of bytes, got a number" },
      { converse { messages = { { role = "u", content = { { image =
        { format = "png", source = { bytes = print } } } } } } },
        "messages[1].content[1].image.source.bytes", "got function" },
    } do
      local by_path = problems("converse", case[1])
      local message = by_path[case[2]]
      assert.truthy(message, case[2])
      assert.truthy(message:find(case[3], 1, true), message)
    end
    assert.truthy(problems("create_guardrail", { name = "g",
      blockedInputMessaging = "a", blockedOutputsMessaging = "b",
      crossRegionConfig = false }).crossRegionConfig
      :find("got a boolean", 1, true))
    assert.truthy(problems("list_custom_models", { isOwned = "true" })
      .isOwned:find("expected a boolean, got a string", 1, true))
    assert.truthy(problems("list_custom_models", { maxResults = 0 })
      .maxResults:find("below the minimum of 1", 1, true))
    assert.truthy(problems("untag_resource", { tagKeys = { 1 },
      resourceARN = ("a"):rep(20) })["tagKeys[1]"])
  end)

  it("counts characters, not bytes", function()
    local short = "üüüüüüüüüüü"          -- 11 of them, 22 bytes
    assert.truthy(problems("create_event", event { memoryId = short })
      .memoryId:find("its length is 11, below the minimum of 12", 1, true))
    assert.truthy(client:build("create_event",
      event { memoryId = short .. "ü" }))
  end)

  it("counts the members of a union", function()
    local function content(block)
      return problems("converse", converse { messages = { { role = "u",
        content = { block } } } })
    end
    local at = "messages[1].content[1]"
    assert.truthy(content({})[at]:find("exactly one member, 0", 1, true))
    assert.truthy(content({ text = "a", image = {} })[at]
      :find("exactly one member, 2", 1, true))
    local one = content { foo = 1 }
    assert.is_nil(one[at])
    assert.truthy(one[at .. ".foo"])
    local both = content { text = "a", foo = 1 }
    assert.truthy(both[at]:find("exactly one member, 2", 1, true))
    assert.truthy(both[at .. ".foo"])
  end)

  it("leaves maximum, pattern and choices to the service", function()
    assert.truthy(client:build("create_custom_model", {
      modelName = ("no such name "):rep(1000), roleArn = "none" }))
    assert.truthy(client:build("list_custom_models",
      { maxResults = 2147483647, sortOrder = "Sideways" }))
  end)

  it("tells all problems at once", function()
    local by_path, err = problems("create_custom_model", {
      modelName = 1, roleArn = "\255", modelTags = { { key = true },
        { kee = "a", value = 2 } }, modelSourceConfig = {}, extra = 1 })
    local paths = {}
    for path in pairs(by_path) do paths[#paths + 1] = path end
    table.sort(paths)
    assert.same({ "extra", "modelName", "modelSourceConfig",
      "modelTags[1].key", "modelTags[1].value", "modelTags[2].kee",
      "modelTags[2].key", "modelTags[2].value", "roleArn" }, paths)
    assert.equal("9 problems with the input, nothing was sent", err.message)
    local _, lines = tostring(err):gsub("\n  ", "")
    assert.equal(9, lines)
  end)

  it("tells no more than a hundred", function()
    local tags = {}
    for i = 1, 1000 do tags[i] = {} end
    local _, err = problems("create_custom_model",
      { modelName = "m", modelTags = tags })
    assert.equal(100, #err.problems)
  end)

  it("comes before anything is sent", function()
    local endpoint = { endpoint = e:answer { key = "sent" } }
    for _, input in ipairs { {}, { modelName = 1 },
      { modelName = "m", modelTags = { { kee = "a" } } } } do
      local result, err = client:create_custom_model(input, endpoint)
      assert.is_nil(result)
      assert.equal("input", err.kind)
    end
    assert.equal(0, #e:seen "sent")
    assert(client:create_custom_model({ modelName = "m" }, endpoint))
    assert.equal(1, #e:seen "sent")
  end)

  it("shows no sensitive value", function()
    local _, err = problems("converse", converse { system = {
      { text = "" } }, messages = { { role = "u",
        content = { { text = 12345678 } } } } })
    assert.is_nil(tostring(err):find("12345678", 1, true))
  end)

  it("lets new members through when it is told to", function()
    local send = { unknown_members = "send" }
    assert.equal('{"inferenceConfig":{"maxTokens":1,"newer":[true,null]},'
      .. '"newThing":{"a":[]}}', body("converse", converse {
        newThing = { a = array {} },
        inferenceConfig = { newer = { true, null }, maxTokens = 1 } }, send))
    assert.truthy(problems("converse",
      converse { newThing = print }, send).newThing)
    assert.truthy(problems("converse", converse { 1 }, send)["[1]"])
    assert.truthy(problems("converse",
      converse { ["\255"] = 1 }, send).input)
    assert.truthy(problems("converse",
      converse { inferenceConfig = { maxTokens = 0, x = 1 } }, send)
      ["inferenceConfig.maxTokens"])
    assert.equal('{"messages":[{"content":[{"newBlock":{"a":1}}],'
      .. '"role":"u"}]}', body("converse", converse { messages = {
        { role = "u", content = { { newBlock = { a = 1 } } } } } }, send))
  end)
end)

-- ======================================================================
describe("an answer", function()
  local e

  setup(function() e = echo.start() end)
  teardown(function() e:stop() end)

  local function answer(name, input, json, headers)
    local result, err = client[name](client, input,
      { endpoint = e:answer { body = json, headers = headers },
        max_attempts = 1 })
    return result, err
  end

  local function field(json)
    local result, err = answer("converse", { modelId = "m" },
      '{"additionalModelResponseFields":' .. json .. "}")
    if not result then return nil, err end
    return result.additionalModelResponseFields
  end

  it("with a document gives the same JSON back", function()
    for _, json in ipairs { "{}", "[]", "[[],{}]", '{"a":[]}',
      '{"a":[{}]}', "true", "1", "1.5", "-0.5", '"x"', '""',
      '"\\u0000"', '{"\\u0000":1}', '"ü\\"\\\\"', "[null]",
      '{"a":null}', '{"a":{"b":[1,2,{"c":[]}]}}', "[1,[2,[3]]]", '{"":0}',
      "9007199254740991" } do
      local value = field(json)
      assert.equal(json, document(value))
    end
    assert.is_nil(field "null")
    assert.same({ null, 1 }, field "[null,1]")
    assert.equal("ü😀/", field '"\\u00fc\\ud83d\\ude00\\/"')
  end)

  it("keeps 64-bit integers exact, or says that it cannot", function()
    for _, json in ipairs { "9223372036854775807", "-9223372036854775808",
      "1234567890123456789", "9007199254740993" } do
      local value, err = field(json)
      if math.type then
        assert.equal("integer", math.type(value))
        assert.equal(json, ("%d"):format(value))
        assert.equal(json, document(value))
      else
        assert.is_nil(value)
        assert.equal("decode", err.kind)
        assert.equal("UnexpectedValue", err.code)
      end
    end
    for _, json in ipairs { "9223372036854775808", "1e999",
      "123456789012345678901234567890" } do
      local value, err = field(json)
      assert.is_nil(value)
      assert.equal("decode", err.kind)
    end
    if math.type then
      assert.equal("float", math.type(field "1.0"))
      assert.equal("1.0", document(field "1.0"))
      assert.equal("integer", math.type(field "1"))
    end
  end)

  it("has times as seconds, whatever their form", function()
    for json, seconds in pairs {
      ['"2026-08-07T12:00:00Z"'] = 1786104000,
      ['"2026-08-07T12:00:00.5Z"'] = 1786104000.5,
      ['"2026-08-07T14:00:00+02:00"'] = 1786104000,
      ['"Fri, 07 Aug 2026 12:00:00 GMT"'] = 1786104000,
      ["1786104000"] = 1786104000, ["1786104000.25"] = 1786104000.25,
      ['"1786104000"'] = 1786104000, ["-1"] = -1, ["0"] = 0,
      ["1.786104e9"] = 1786104000,
    } do
      local got, err = answer("get_custom_model", { modelIdentifier = "m" },
        '{"creationTime":' .. json .. "}")
      assert.truthy(got, tostring(err))
      assert.equal(seconds, got.creationTime, json)
    end
    for _, json in ipairs { '"soon"', "true", "{}", "[]", "1e300" } do
      local got, err = answer("get_custom_model", { modelIdentifier = "m" },
        '{"creationTime":' .. json .. "}")
      assert.is_nil(got, json)
      assert.equal("decode", err.kind)
      assert.truthy(err.message:find("creationTime", 1, true))
    end
  end)

  it("has blobs as bytes", function()
    local function bytes(base64)
      local got, err = answer("converse", { modelId = "m" }, '{"output":'
        .. '{"message":{"role":"a","content":[{"image":{"format":"png",'
        .. '"source":{"bytes":"' .. base64 .. '"}}}]}}}')
      return got and got.output.message.content[1].image.source.bytes, err
    end
    for base64, raw in pairs { [""] = "", ["AA=="] = "\0",
      ["AP8="] = "\0\255", ["Zm9vYg=="] = "foob" } do
      assert.equal(raw, bytes(base64))
    end
    for _, wrong in ipairs { "A", "A===", "!!!!" } do
      local got, err = bytes(wrong)
      assert.is_nil(got)
      assert.equal("decode", err.kind)
    end
    local r = answer("invoke_model", { modelId = "m" }, "\0\255 raw",
      { ["Content-Type"] = "image/png" })
    assert.same({ body = "\0\255 raw", contentType = "image/png" }, r)
  end)

  it("passes over what the model does not know", function()
    assert.same({ stopReason = "brand_new", usage = { inputTokens = 1 } },
      (answer("converse", { modelId = "m" }, '{"stopReason":"brand_new",'
        .. '"usage":{"inputTokens":1,"newTokens":{}},"added":[1]}')))
    local r = answer("converse", { modelId = "m" }, '{"output":{"message":'
      .. '{"role":"a","content":[{"text":"x"},{"newBlock":{"a":[]}}]}}}')
    assert.same({ text = "x" }, r.output.message.content[1])
    assert.same({ newBlock = { a = {} } }, r.output.message.content[2])
  end)

  it("drops null members, and keeps null elements", function()
    assert.same({ usage = {} }, (answer("converse", { modelId = "m" },
      '{"stopReason":null,"usage":{"inputTokens":null}}')))
    assert.same({ modelSummaries = { null } },
      (answer("list_custom_models", {}, '{"modelSummaries":[null]}')))
  end)

  it("of the wrong kind is told with the member's name", function()
    for json, member in pairs {
      ['{"stopReason":1}'] = "stopReason",
      ['{"usage":[]}'] = "usage",
      ['{"usage":{"inputTokens":"1"}}'] = "inputTokens",
      ['{"usage":{"inputTokens":{}}}'] = "inputTokens",
      ['{"output":{}}'] = "ConverseOutput",
      ['{"output":{"message":{"role":"a","content":{}}}}'] = "content",
      ["[]"] = "body", ["1"] = "body", ['"x"'] = "body",
      ["null"] = "body",
    } do
      local got, err = answer("converse", { modelId = "m" }, json)
      assert.is_nil(got, json)
      assert.equal("decode", err.kind)
      assert.truthy(err.message:find(member, 1, true), err.message)
    end
  end)

  it("that is not JSON is told", function()
    for _, text in ipairs { "{", '{"a":}', "{'a':1}", "{}x", '{"a":1,}',
      '{"a":01}', '{"a":"\1"}', '{"a":"\255"}', '{"a":"\\ud800"}', "nul",
      '{"a":"\\x"}', ("["):rep(5000), "\0", "{}\0" } do
      local got, err = answer("converse", { modelId = "m" }, text)
      assert.is_nil(got, text:sub(1, 20))
      assert.equal("decode", err.kind)
    end
  end)

  it("reads headers and the status where the model says so", function()
    local r = answer("get_agent_card", { agentRuntimeArn = "a" },
      '{"name":"x"}', { ["X-Amzn-Bedrock-AgentCore-Runtime-Session-Id"] =
        "s" })
    assert.same({ name = "x" }, r.agentCard)
    assert.equal(200, r.statusCode)
    assert.equal("s", r.runtimeSessionId)
  end)
end)
