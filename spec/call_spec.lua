-- core/call: every cell of the table, and conversations on a fake clock.
local unit = require "unit"

local CREATE = { modelName = "m", modelSourceConfig = {
  s3DataSource = { s3Uri = "s3://b/m/" } } }
local BUILT, SIGNED, HEAD, RETRY, WAKE, FINISH, CANCEL = 0, 1, 2, 3, 4, 5, 6
local NEW, READY, SENDING, RECEIVING, WAITING, DONE = 0, 1, 2, 3, 4, 5

local function create(settings)
  return unit.call("create_custom_model", CREATE, settings or {})
end

local function answer(c, status, body, now, headers)
  assert.equal(0, c:head(status, now))
  for name, value in pairs(headers or {}) do c:header(name, value) end
  assert.equal(0, c:body(body or "{}", now))
  c:finish(now)
end

describe("the table of transitions", function()
  local legal = {
    [NEW] = { [BUILT] = READY, [FINISH] = DONE, [CANCEL] = DONE },
    [READY] = { [SIGNED] = SENDING, [FINISH] = DONE, [CANCEL] = DONE },
    [SENDING] = { [HEAD] = RECEIVING, [RETRY] = WAITING, [FINISH] = DONE,
      [CANCEL] = DONE },
    [RECEIVING] = { [HEAD] = RECEIVING, [RETRY] = WAITING, [FINISH] = DONE,
      [CANCEL] = DONE },
    [WAITING] = { [WAKE] = READY, [FINISH] = DONE, [CANCEL] = DONE },
    [DONE] = { [CANCEL] = DONE },
  }

  it("is this one, cell by cell", function()
    local states, events = unit.transition()
    assert.same({ 6, 7 }, { states, events })
    for s = 0, states - 1 do
      for e = 0, events - 1 do
        assert.equal(legal[s][e] or -1, unit.transition(s, e), s .. "," .. e)
      end
    end
  end)
end)

describe("a call", function()
  it("is sent once, answered, done", function()
    local c = create()
    assert.equal("ready", (c:state()))
    assert.equal("send", c:next(1000))
    assert.equal("more", c:next(1001))
    answer(c, 202, '{"modelArn":"a"}', 1002)
    assert.equal("done", c:next(1003))
    assert.same({ modelArn = "a" }, c:result())
    assert.same({ "done", 1, "ok", "", "", 500 }, { c:state() })
    assert.equal(0, (c:free()))
  end)

  it("is done at once when its input is wrong", function()
    local c, code = unit.call("create_custom_model", {})
    assert.equal(-1, code)
    assert.equal("done", c:next())
    assert.same({ "done", 0, "input", "InvalidInput" },
      { select(1, c:state()), select(2, c:state()), select(3, c:state()),
        (select(4, c:state())) })
  end)

  it("of an event stream is not supported yet", function()
    local c = unit.call("converse_stream", { modelId = "m" })
    assert.equal("NotYetSupported", (select(4, c:state())))
  end)

  it("hears nothing in a state that allows nothing", function()
    local c = create()
    assert.truthy(c:head(200) < 0)       -- not sent yet
    assert.truthy(c:header("A", "b") < 0)
    assert.truthy(c:body "x" < 0)
    assert.truthy(c:expect(1) < 0)
    c:finish()
    c:broken()
    assert.equal("ready", (c:state()))
    c:next()
    assert.truthy(c:body "x" < 0)        -- no head yet
    c:finish()
    assert.equal("sending", (c:state()))
    answer(c, 200)
    assert.truthy(c:head(200) < 0)       -- done
    assert.truthy(c:body "x" < 0)
  end)

  it("can be cancelled in every state", function()
    local function cancelled(c, ...)
      c:cancel()
      assert.same({ "done", "cancelled", "Cancelled" },
        { (c:state()), (select(3, c:state())), (select(4, c:state())) }, ...)
      assert.equal("done", c:next())
      assert.equal(0, (c:free()))
    end
    local c = create()
    cancelled(c, "ready")
    c = create()
    c:next()
    cancelled(c, "sending")
    c = create()
    c:next()
    c:head(200)
    cancelled(c, "receiving")
    c = create()
    c:next()
    c:broken()
    assert.equal("waiting", (c:state()))
    cancelled(c, "waiting")
    c = create()
    c:next()
    answer(c, 200)
    c:cancel()                            -- too late: the result stays
    assert.equal("ok", (select(3, c:state())))
  end)
end)

describe("a retry", function()
  it("sends the same call, signed anew", function()
    local c = create { session_token = "T" }
    c:next(1000)
    local first = c:http()
    answer(c, 503, "", 1010)
    assert.equal("waiting", (c:state()))
    assert.equal("wait", c:next(1010))
    local wake = c:wake()
    assert.truthy(wake >= 1010 and wake < 1060)
    assert.equal("send", c:next(wake + 5000))
    local second = c:http()
    assert.equal(first.body, second.body)
    assert.truthy(first.body:find "clientRequestToken")
    assert.equal(first.headers["amz-sdk-invocation-id"],
      second.headers["amz-sdk-invocation-id"])
    assert.equal("attempt=1; max=3", first.headers["amz-sdk-request"])
    assert.equal("attempt=2; max=3", second.headers["amz-sdk-request"])
    assert.not_equal(first.headers["X-Amz-Date"],
      second.headers["X-Amz-Date"])
    assert.not_equal(first.headers.Authorization,
      second.headers.Authorization)
    answer(c, 200, '{"modelArn":"a"}', 7000)
    assert.same({ modelArn = "a" }, c:result())
    assert.equal(500, (select(6, c:state())))   -- the cost came back
  end)

  it("ends with the attempts and tells the last failure", function()
    local c = create { max_attempts = 4 }
    local now = 1000
    for i = 1, 4 do
      assert.equal("send", c:next(now))
      answer(c, 429, '{"code":"ThrottlingException","message":"' .. i
        .. '"}', now)
      now = now + 20000
    end
    assert.same({ "done", 4, "service", "ThrottlingException", "4", 485 },
      { c:state() })
  end)

  it("is not made for an error that stays", function()
    local c = create()
    c:next()
    answer(c, 400, '{"code":"ValidationException"}')
    assert.same({ "done", 1 }, { (c:state()), (select(2, c:state())) })
  end)

  it("is not made when the quota is empty", function()
    local c = create { quota = 13 }
    c:next()
    answer(c, 500, "")
    assert.equal("done", (c:state()))
    assert.equal(13, (select(6, c:state())))
  end)

  it("waits as the service asks, within 5 s", function()
    local c = create()
    c:next(1000)
    answer(c, 503, "", 1000, { ["x-amz-retry-after"] = "3000" })
    assert.equal(4000, c:wake())
    for _, odd in ipairs { "-1", "x", "", "1.5" } do
      c = create()
      c:next(1000)
      answer(c, 503, "", 1000, { ["x-amz-retry-after"] = odd })
      assert.truthy(c:wake() < 1060)
    end
  end)

  it("follows a connection that broke, wherever it broke", function()
    for _, far in ipairs { "sending", "receiving", "body" } do
      local c = create()
      c:next(1000)
      if far ~= "sending" then c:head(200) end
      if far == "body" then c:body '{"modelArn":"half' end
      c:broken(1000)
      assert.equal("waiting", (c:state()), far)
      assert.equal("send", c:next(2000))
      answer(c, 200, '{"modelArn":"a"}', 2000)
      assert.same({ modelArn = "a" }, c:result())
    end
  end)
end)

describe("time", function()
  it("runs out between two bytes", function()
    local c = create { read_ms = 500, max_attempts = 1 }
    c:next(1000)
    assert.equal(1500, c:wake())
    c:alive(1300)
    assert.equal("more", c:next(1799))
    c:head(200, 1799)
    c:body("{", 2200)
    assert.equal("more", c:next(2699))
    assert.equal("done", c:next(2700))
    assert.same({ "timeout", "ReadTimeout" },
      { select(3, c:state()), (select(4, c:state())) } and
      { (select(3, c:state())), (select(4, c:state())) })
    assert.truthy((select(5, c:state())):find("read_timeout of 0.5 s", 1,
      true))
  end)

  it("runs out for the whole call, waits included", function()
    local c = create { total_ms = 1000, max_attempts = 9 }
    c:next(1000)
    c:broken(1990)
    local _ = (c:state()) == "waiting" and c:next(2000)
    assert.equal("done", (c:state()))
    c = create { total_ms = 1000 }
    c:next(1000)
    assert.equal(2000, c:wake())
    assert.equal("done", c:next(2000))
    assert.equal("CallTimeout", (select(4, c:state())))
  end)

  it("has a default that knows which services think long", function()
    local c = create()
    c:next(1000)
    assert.equal(61000, c:wake())
    c = unit.call("converse", { modelId = "m" })
    c:next(1000)
    assert.equal(901000, c:wake())
  end)
end)

describe("an answer beyond all measure", function()
  it("is refused by its length, by its bytes, by its head", function()
    local c = create()
    c:next()
    c:head(200)
    assert.truthy(c:expect(2 ^ 30) < 0)
    assert.equal("ResponseTooLarge", (select(4, c:state())))
    c = create()
    c:next()
    c:head(200)
    local megabyte = ("x"):rep(2 ^ 20)
    for _ = 1, 128 do assert.equal(0, c:body(megabyte)) end
    assert.truthy(c:body "x" < 0)
    assert.equal("ResponseTooLarge", (select(4, c:state())))
    assert.equal(0, (c:free()))
    c = create()
    c:next()
    c:head(200)
    local code = 0
    for i = 1, 100 do
      if code == 0 then code = c:header("A" .. i, ("x"):rep(10000)) end
    end
    assert.truthy(code < 0)
    assert.equal("BadResponseHead", (select(4, c:state())))
  end)
end)

describe("a bearer token", function()
  it("goes to bedrock and bedrock-runtime, over https", function()
    local c = create { bearer_token = "K" }
    c:next()
    local headers = c:http().headers
    assert.equal("Bearer K", headers.Authorization)
    assert.is_nil(headers["X-Amz-Date"])
    for code, v in pairs {
      BearerNotSupported = { "list_agents", {} },
      InsecureEndpoint = { "list_custom_models", "http://example.test" },
    } do
      c = unit.call(v[1], {}, { bearer_token = "K",
        endpoint = type(v[2]) == "string" and v[2] or nil })
      assert.equal(code, (select(4, c:state())))
    end
  end)
end)

describe("memory that cannot be had", function()
  -- Allocation 1, 2, 3, ... fails, until a whole conversation needs no more.
  it("is an error of its kind, and nothing stays", function()
    local worked
    for k = 1, 500 do
      local c = create { fail_at = k, max_attempts = 2 }
      local now = 1000
      for turn = 1, 2 do
        if c:next(now) == "send" then
          local headers = { ["x-amzn-requestid"] = "r",
            ["content-type"] = "application/json" }
          if c:head(turn == 1 and 503 or 200, now) == 0 then
            for n, v in pairs(headers) do c:header(n, v) end
            c:body('{"modelArn":"\\u0000arn"}', now)
            c:finish(now)
          end
        end
        now = now + 30000
      end
      c:next(now)
      local state, _, kind = c:state()
      assert.equal("done", state, k)
      local result = kind == "ok" and c:result()
      assert.truthy(kind == "memory" or result == nil or result, kind)
      assert.truthy(kind == "memory" or kind == "ok", k .. kind)
      local left, made = c:free()
      assert.equal(0, left, k)
      if made < k then
        worked = k
        break
      end
    end
    assert.truthy(worked and worked > 10, worked)
  end)
end)
