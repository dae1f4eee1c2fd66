-- core/response: answers of every form.
local unit = require "unit"
local bedrock = require "bedrock"

local function answer(op, input, status, headers, body)
  local c = unit.call(op, input, { max_attempts = 1 })
  assert.equal("send", c:next())
  c:head(status)
  for name, value in pairs(headers or {}) do c:header(name, value) end
  c:body(body)
  c:finish()
  return c
end

local function result(op, input, body, headers, status)
  local c = answer(op, input, status or 200, headers, body)
  local r, kind, message = c:result()
  c:free()
  return r, kind, message
end

local function model(body)
  return result("get_custom_model", { modelIdentifier = "m" }, body)
end

local function converse(body)
  return result("converse", { modelId = "m" }, body)
end

describe("a success", function()
  it("becomes a table by the model", function()
    assert.same({ modelArn = "a", creationTime = 1440938160,
      modelName = "n" }, model(
      '{"modelArn":"a","modelName":"n","new":{},"jobName":null,'
      .. '"creationTime":"2015-08-30T12:36:00Z"}'))
    assert.same({}, model "{}")
  end)

  it("may be empty where the model requires nothing", function()
    assert.same({}, result("list_custom_models", {}, ""))
    assert.same({}, result("list_custom_models", {}, " \r\n"))
    local r, kind, message = model ""
    assert.is_nil(r)
    assert.equal("decode", kind)
    assert.truthy(message:find("is empty", 1, true))
  end)

  it("takes times in every form", function()
    for text, v in pairs { ["1440938160"] = 1440938160,
      ["1440938160.5"] = 1440938160.5, ["1.44093816E9"] = 1440938160,
      ['"1440938160"'] = 1440938160,
      ['"2015-08-30T14:36:00.5+02:00"'] = 1440938160.5,
      ['"Sun, 30 Aug 2015 12:36:00 GMT"'] = 1440938160 } do
      assert.equal(v, model('{"creationTime":' .. text .. "}").creationTime)
    end
  end)

  it("takes headers, status and payload", function()
    assert.same({ body = "\0raw", contentType = "a/b" },
      (result("invoke_model", { modelId = "m", body = "" }, "\0raw",
        { ["Content-Type"] = "a/b" })))
    assert.same({ statusCode = 202, runtimeSessionId = "s" },
      (result("stop_runtime_session", { agentRuntimeArn = "a",
        runtimeSessionId = ("x"):rep(33) }, "", {
        ["x-amzn-bedrock-agentcore-runtime-session-id"] = "s" }, 202)))
  end)

  it("shows a union's new member, and passes new keys over", function()
    local r = converse('{"output":{"message":{"role":"assistant",'
      .. '"content":[{"newBlock":{"a":[1]}},{"text":"x","image":null},'
      .. '{"__type":"X","text":"y"}]}},"stopReason":"brand_new"}')
    assert.same({ { newBlock = { a = { 1 } } }, { text = "x" },
      { text = "y" } }, r.output.message.content)
    assert.equal("brand_new", r.stopReason)
  end)

  it("keeps null where it has a place", function()
    local r = converse '{"output":{"message":{"content":[null]}}}'
    assert.equal(bedrock.null, r.output.message.content[1])
  end)

  it("has numbers that JSON cannot write", function()
    local function metric(text)
      local r, kind = model('{"validationMetrics":[{"validationLoss":'
        .. text .. "}]}")
      return r and r.validationMetrics[1].validationLoss, kind
    end
    assert.equal(1 / 0, (metric '"Infinity"'))
    assert.equal(-1 / 0, (metric '"-Infinity"'))
    local nan = metric '"NaN"'
    assert.truthy(nan ~= nan)
    assert.equal(0.5, (metric "0.5"))
    assert.equal(2, (metric "2"))
    for _, bad in ipairs { '"nan"', '"0.5"', '""', "true", "[]" } do
      assert.equal("decode", (select(2, metric(bad))), bad)
    end
  end)

  it("has whole numbers whole, within their width", function()
    local function tokens(text)
      local r, kind = converse('{"usage":{"inputTokens":' .. text .. "}}")
      return r and r.usage.inputTokens, kind
    end
    for text, v in pairs { ["0"] = 0, ["-1"] = -1, ["1e3"] = 1000,
      ["2.0"] = 2, ["2147483647"] = 2147483647 } do
      assert.equal(v, (tokens(text)), text)
      assert.equal(("%d"):format(v), tostring((tokens(text))), text)
    end
    for _, bad in ipairs { "1.5", '"1"', "1e300", "12345678901234567890",
      "true", "{}", "1e400" } do
      assert.equal("decode", (select(2, tokens(bad))), bad)
    end
  end)

  it("of awsJson1_1 is in its body alone", function()
    assert.same({ status = "Success", outputConfiguration =
      { s3Uri = "s3://b" } }, (result("get_data_automation_status",
      { invocationArn = "arn:aws:bedrock:us-east-1:1:x" },
      '{"status":"Success","outputConfiguration":{"s3Uri":"s3://b"}}')))
  end)

  it("that is a structure alone, or a document", function()
    assert.same({ policyDefinition = { version = "1" } },
      (result("export_automated_reasoning_policy_version",
        { policyArn = "a" }, '{"version":"1","new":2}')))
    assert.same({}, (result("export_automated_reasoning_policy_version",
      { policyArn = "a" }, "")))
  end)

  it("has every byte of a blob", function()
    local r = result("get_use_case_for_model_access", {},
      '{"formData":"AAEC/+8="}')
    assert.equal("\0\1\2\255\239", r.formData)
    assert.equal("", result("get_use_case_for_model_access", {},
      '{"formData":""}').formData)
  end)

  it("that is cut anywhere is a decode error", function()
    local body = '{"modelArn":"a\\u0000","creationTime":1.5,'
      .. '"validationMetrics":[{"validationLoss":0.5}],"new":[1,{}]}'
    assert.truthy(model(body))
    for n = 1, #body - 1 do
      local r, kind = model(body:sub(1, n))
      assert.is_nil(r, n)
      assert.equal("decode", kind)
    end
  end)

  it("takes no name with a NUL in it for another", function()
    for n = 0, 60 do
      assert.same({}, (model('{"modelArn\\u0000' .. ("x"):rep(n)
        .. '":"a"}')), n)
    end
  end)

  it("that does not fit the model is a decode error with the member",
    function()
      for body, why in pairs {
        ["[]"] = "the body is not an object",
        ["1"] = "the body is not an object",
        ['{"modelArn":1}'] = "modelArn is not a string",
        ['{"creationTime":true}'] = "creationTime is not a time",
        ['{"creationTime":"x"}'] = "creationTime is not a time",
        ['{"trainingDataConfig":[]}'] = "trainingDataConfig is not an object",
        ['{"validationMetrics":{}}'] = "validationMetrics is not a list",
        ['{"hyperParameters":[]}'] = "hyperParameters is not an object",
        ['{"customizationConfig":{}}'] = "exactly one member",
        ['{"modelArn":"a"'] = "not JSON",
        ["<html>"] = "not JSON",
      } do
        local r, kind, message = model(body)
        assert.is_nil(r, body)
        assert.equal("decode", kind)
        assert.truthy(message:find(why, 1, true), message)
      end
      local _, kind, message = converse('{"output":{"message":{"content":'
        .. '[{"image":{"source":{"bytes":"!"}}}]}}}')
      assert.equal("decode", kind)
      assert.truthy(message:find "bytes is not base64")
    end)
end)

describe("an error answer", function()
  local function failed(op, input, status, headers, body)
    local c = answer(op, input, status, headers, body)
    local state, _, kind, code, message = c:state()
    c:free()
    assert.equal("done", state)
    assert.equal("service", kind)
    return code, message
  end

  it("has its code from the header, the body or the status", function()
    local E = "ValidationException"
    for _, v in ipairs {
      { { ["x-amzn-errortype"] = E }, '{"message":"m"}', E, "m" },
      { { ["X-Amzn-ErrorType"] = E .. ":http://x/" }, '{"Message":"m"}', E,
        "m" },
      { {}, '{"code":"' .. E .. '","message":"m"}', E, "m" },
      { {}, '{"__type":"a.b#' .. E .. ':http://x/"}', E, "" },
      { { ["x-amzn-errortype"] = "a#A" }, '{"code":"B"}', "A", "" },
      { {}, '{"error":{"__type":"' .. E .. '"}}', "400", "status 400" },
      { {}, "", "400", "status 400" },
      { { ["Content-Type"] = "text/html" }, "<h1>no</h1>", "400",
        'Content-Type "text/html"' },
      { {}, '{"message":"only this"}', "400", "only this" },
      { {}, '{"Code":"' .. E .. '","Message":"m"}', E, "m" },
      { { ["x-amzn-errortype"] = "a.b#" .. E .. ",x" }, "{}", E, "" },
      { { ["x-amzn-errortype"] = E }, "", E, "" },
      { { ["x-amzn-errortype"] = "" }, '{"code":"A"}', "A", "" },
      { {}, '{"code":7,"__type":"A"}', "A", "" },
      { {}, '{"code":null,"message":null}', "400", "status 400" },
      { {}, '{"code":"#:"}', "400", "status 400" },
      { {}, "[]", "400", "status 400" }, { {}, "\0", "400", "status 400" },
      { {}, '{"message":"a\\u0001b","code":"A"}', "A", "a\1b" },
    } do
      local code, message = failed("get_custom_model",
        { modelIdentifier = "m" }, 400, v[1], v[2])
      assert.equal(v[3], code)
      assert.truthy(message:find(v[4], 1, true), message)
    end
  end)

  -- Whatever is in it, it is told as text of a person's kind.
  it("has its message cut between characters", function()
    for _, char in ipairs { "a", "é", "€", "😀" } do
      for shift = 0, 3 do
        local text = ("x"):rep(shift) .. char:rep(700)
        for _, code in ipairs { '"code":"E",', "" } do
          local _, message = failed("get_custom_model",
            { modelIdentifier = "m" }, 400, {}, "{" .. code
              .. '"message":"' .. text .. '"}')
          assert.is_true((unit.utf8(message)), char .. shift)
          assert.equal(message, text:sub(1, #message))
          assert.truthy(#message > 500)
        end
      end
    end
  end)

  it("has the members of its model, and a request id", function()
    local function fields(op, input, status, headers, body)
      local c = answer(op, input, status, headers, body)
      local t, id = c:fields()
      c:free()
      return t, id
    end
    local m = { modelId = "m" }
    assert.same({ message = "x", originalStatusCode = 500,
      resourceName = "r" }, (fields("converse", m, 424, {},
      '{"code":"ModelErrorException","message":"x","originalStatusCode":500,'
        .. '"resourceName":"r","new":1}')))
    assert.same({}, (fields("converse", m, 400, {},
      '{"code":"Unheard","message":"x"}')))
    assert.same({}, (fields("converse", m, 502, {}, "<html>")))
    for headers, id in pairs {
      [{ ["x-amzn-RequestId"] = "1", ["x-amz-request-id"] = "2" }] = "1",
      [{ ["X-Amz-Request-Id"] = "2" }] = "2", [{}] = "" } do
      assert.equal(id, (select(2, fields("converse", m, 400, headers, ""))))
    end
  end)

  it("of awsJson1_1 has it from the body first", function()
    assert.equal("A", (failed("get_data_automation_status",
      { invocationArn = "arn:aws:bedrock:us-east-1:1:x" }, 400,
      { ["x-amzn-errortype"] = "B" }, '{"__type":"n#A","code":"C"}')))
  end)

  it("may be a redirect, which is not followed", function()
    assert.equal("302", (failed("get_custom_model",
      { modelIdentifier = "m" }, 302, { Location = "http://x/" }, "")))
  end)
end)
