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

-- A call in each state, and each thing that a driver may tell or ask there.
describe("each report in each state", function()
  local into = {
    new = function()
      local c = create()
      c:reset()
      return c
    end,
    ready = function() return create() end,
    sending = function()
      local c = create()
      c:next(1000)
      return c
    end,
    receiving = function()
      local c = create()
      c:next(1000)
      c:head(200, 1000)
      return c
    end,
    waiting = function()
      local c = create { random = 255 }
      c:next(1000)
      c:broken(1000)
      return c
    end,
    done = function()
      local c = create()
      c:next(1000)
      answer(c, 200, "{}", 1000)
      return c
    end,
  }

  local REFUSED = "refused"
  local reports = {
    head = function(c) return c:head(200, 1001) end,
    header = function(c) return c:header("A", "b") end,
    expect = function(c) return c:expect(10) end,
    body = function(c) return c:body("x", 1001) end,
    alive = function(c) c:alive(1001) end,
    finish = function(c) c:finish(1001) end,
    broken = function(c) c:broken(1001) end,
    cancel = function(c) c:cancel() end,
    next = function(c) return c:next(1001) end,
    late = function(c) return c:next(2000) end,
  }

  -- The state after it, and what it answered where that is no 0.
  local expected = {
    head = { new = { "new", REFUSED }, ready = { "ready", REFUSED },
      sending = { "receiving" }, receiving = { "receiving" },
      waiting = { "waiting", REFUSED }, done = { "done", REFUSED } },
    finish = { receiving = { "done" } },
    broken = { sending = { "waiting" }, receiving = { "waiting" } },
    alive = {},
    cancel = { new = { "done" }, ready = { "done" }, sending = { "done" },
      receiving = { "done" }, waiting = { "done" } },
    next = { new = { "new", "done" }, ready = { "sending", "send" },
      sending = { "sending", "more" }, receiving = { "receiving", "more" },
      waiting = { "waiting", "wait" }, done = { "done", "done" } },
    late = { new = { "new", "done" }, ready = { "sending", "send" },
      sending = { "sending", "more" }, receiving = { "receiving", "more" },
      waiting = { "sending", "send" }, done = { "done", "done" } },
  }
  for _, name in ipairs { "header", "expect", "body" } do
    expected[name] = {}
    for state in pairs(into) do
      expected[name][state] = { state, state ~= "receiving" and REFUSED
        or nil }
    end
  end

  for name, report in pairs(reports) do
    it("is heard or refused: " .. name, function()
      for state, make in pairs(into) do
        local where = name .. " in " .. state
        local c = make()
        assert.equal(state, (c:state()), where)
        local _, attempts, kind = c:state()
        local want = expected[name][state] or { state }
        local said = report(c)
        if type(said) == "number" then
          said = said < 0 and REFUSED or nil
        end
        assert.equal(want[2], said, where)
        assert.equal(want[1], (c:state()), where)
        if state == "done" or said == REFUSED then
          assert.same({ attempts, kind }, { (select(2, c:state())),
            (select(3, c:state())) }, where)
        end
        assert.equal(0, (c:free()), where)
      end
    end)
  end
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

  it("passes over an interim answer", function()
    local c = create()
    c:next(1000)
    c:head(100, 1001)
    c:header("x-amzn-errortype", "Old")
    c:body("old", 1001)
    c:head(400, 1002)
    c:body('{"code":"New","message":"m"}', 1003)
    c:finish(1004)
    assert.equal("New", (select(4, c:state())))
    assert.equal(0, (c:free()))
  end)

  it("lives again after a reset, and knows nothing of before", function()
    local c = create { session_token = "T" }
    c:next(1000)
    answer(c, 400, '{"code":"A","message":"m"}', 1000)
    c:reset()
    assert.same({ "new", 0, "ok", "", "" }, { (c:state()),
      (select(2, c:state())), (select(3, c:state())),
      (select(4, c:state())), (select(5, c:state())) })
    assert.equal(0, (c:free()))
  end)

  it("takes a body in pieces, empty ones too", function()
    local c = create()
    c:next()
    c:head(200)
    c:expect(16)
    c:body ""
    for char in ('{"modelArn":"a"}'):gmatch "." do
      assert.equal(0, c:body(char))
    end
    c:body ""
    c:finish()
    assert.same({ modelArn = "a" }, c:result())
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
    assert.equal("09090909-0909-4909-8909-090909090909",
      first.headers["amz-sdk-invocation-id"])
    assert.equal("attempt=1; max=3", first.headers["amz-sdk-request"])
    assert.equal("attempt=2; max=3", second.headers["amz-sdk-request"])
    assert.not_equal(first.headers["X-Amz-Date"],
      second.headers["X-Amz-Date"])
    assert.not_equal(first.headers.Authorization,
      second.headers.Authorization)
    answer(c, 200, '{"modelArn":"a"}', 7000)
    assert.same({ modelArn = "a" }, c:result())
    assert.same({ "done", 2, "ok", "", "", 500 }, { c:state() })
  end)

  it("waits by chance, by another each time", function()
    local c = create { random = 128, max_attempts = 4 }
    local waits, now = {}, 1000
    for i = 1, 3 do
      assert.equal("send", c:next(now))
      c:broken(now)
      waits[i] = c:wake() - now
      now = c:wake()
    end
    -- 50, 100, 200 ms times 128/256, 129/256, 130/256 and a little
    assert.same({ 25, 50, 101 }, waits)
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

  it("gives back what it cost when it helped", function()
    local c = create { quota = 100 }
    c:next(1000)
    answer(c, 503, "", 1000)
    assert.equal(86, (select(6, c:state())))
    c:next(2000)
    answer(c, 200, "{}", 2000)
    assert.equal(100, (select(6, c:state())))
  end)

  -- Neither the price of a retry that the time no longer allows.
  it("is not paid for when there is no time for it", function()
    local c = create { total_ms = 10, quota = 100, random = 255 }
    c:next(1000)
    answer(c, 503, "", 1009)
    assert.same({ "done", "503", 100 }, { (c:state()),
      (select(4, c:state())), (select(6, c:state())) })
  end)

  it("hears of a last failure, not of the one before", function()
    local c = create { max_attempts = 2 }
    c:next(1000)
    answer(c, 429, '{"code":"ThrottlingException","message":"slow"}', 1000)
    c:next(5000)
    c:broken(5000)
    assert.same({ "done", 2, "connection", "ConnectionClosed", "it broke" },
      { (c:state()), (select(2, c:state())), (select(3, c:state())),
        (select(4, c:state())), (select(5, c:state())) })
  end)

  it("has fresh headers and body", function()
    local c = create()
    c:next(1000)
    answer(c, 500, "half of it", 1000, { ["x-amz-retry-after"] = "4000",
      ["x-amzn-errortype"] = "A" })
    c:next(9000)
    answer(c, 400, '{"code":"B","message":"m"}', 9000)
    assert.same({ "B", "m" }, { (select(4, c:state())),
      (select(5, c:state())) })
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
      { (select(3, c:state())), (select(4, c:state())) })
    assert.truthy(c:hint():find "read_timeout")
    assert.truthy((select(5, c:state())):find("read_timeout of 0.5 s", 1,
      true))
  end)

  it("runs out for the whole call, waits included", function()
    local c = create { total_ms = 1000, max_attempts = 9 }
    c:next(1000)
    c:broken(1990)
    c:next(2000)
    assert.equal("done", (c:state()))
    c = create { total_ms = 1000 }
    c:next(1000)
    assert.equal(2000, c:wake())
    assert.equal("done", c:next(2000))
    assert.equal("CallTimeout", (select(4, c:state())))
    assert.truthy((select(5, c:state())):find("timeout of 1 s", 1, true))
    -- while it waits for the next attempt, and while it hears a little
    c = create { total_ms = 5000, max_attempts = 9, random = 128 }
    c:next(1000)
    answer(c, 429, "", 1000, { ["x-amz-retry-after"] = "4000" })
    assert.equal(5000, c:wake())
    assert.equal("send", c:next(5000))
    assert.equal(6000, c:wake())
    c:head(200, 5999)
    assert.equal("done", c:next(6000))
    assert.equal("CallTimeout", (select(4, c:state())))
    assert.truthy(c:body("x", 6001) < 0)
  end)

  it("that runs out between two bytes gives another attempt", function()
    local c = create { read_ms = 500 }
    c:next(1000)
    c:head(200, 1100)
    c:body("{", 1200)
    assert.equal("wait", c:next(1700))
    assert.equal("send", c:next(2000))
    answer(c, 200, '{"modelArn":"a"}', 2100)
    assert.same({ modelArn = "a" }, c:result())
  end)

  it("does not run out when there is no limit", function()
    local c = create { read_ms = 0 }
    c:next(1000)
    assert.equal(0, c:wake())
    assert.equal("more", c:next(1e12))
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
    assert.equal(0, c:expect(2 ^ 27))
    assert.truthy(c:expect(2 ^ 27 + 1) < 0)
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
  -- `talk` returns what the call came to; it must be that, or memory.
  local function each_allocation(least, start, talk)
    local expected
    local function run(k)
      local c = start(k)
      local out = talk(c)
      local state, _, kind = c:state()
      assert.equal("done", state, k)
      local left, made = c:free()
      assert.equal(0, left, k)
      return kind, out, made
    end
    local kind, out, total = run(0)
    expected = { kind, out }
    assert.truthy(total >= least, total)
    for k = 1, 1000 do
      local made
      kind, out, made = run(k)
      if kind ~= "memory" then
        assert.same(expected, { kind, out }, k)
      elseif made < k then
        error("no memory without a failure, " .. k)
      end
      if made < k then return end
    end
    error "it never had enough memory"
  end

  -- One attempt as a driver makes it: what it sends, then the answer. Every
  -- request that leaves is whole.
  local function attempt(c, now, status, body, headers)
    if c:next(now) ~= "send" then return end
    local http = c:http()
    assert.truthy(http.url:find "^https://bedrock[%w.-]+/[%w/-]+")
    assert.equal(http.url:match "^https://([^/]+)", http.headers.Host)
    if c:head(status, now) ~= 0 then return end
    for n, v in pairs(headers or {}) do
      if c:header(n, v) ~= 0 then return end
    end
    if c:expect(#body) ~= 0 or c:body(body, now) ~= 0 then return end
    c:finish(now)
  end

  local HEADERS = { ["x-amzn-requestid"] = "r",
    ["content-type"] = ("application/json "):rep(20) }

  it("is an error of its kind, and nothing stays", function()
    each_allocation(20, function(k)
      return create { fail_at = k, max_attempts = 2, session_token = "T" }
    end, function(c)
      attempt(c, 1000, 503, "{}", HEADERS)
      attempt(c, 30000, 200, '{"modelArn":"\\u0000arn"}', HEADERS)
      c:next(60000)
      if select(3, c:state()) ~= "ok" then return nil end
      local result, kind = c:result()
      return result and result.modelArn == "\0arn" or kind == "memory"
    end)
  end)

  it("does not hide the service's error", function()
    each_allocation(15, function(k)
      return create { fail_at = k, max_attempts = 1 }
    end, function(c)
      attempt(c, 1000, 400, '{"code":"ValidationException",'
        .. '"message":"\\u0000no"}', HEADERS)
      c:next(60000)
      return select(3, c:state()) == "service"
        and (select(4, c:state())) or nil
    end)
  end)

  it("may be the query's or the headers'", function()
    each_allocation(20, function(k)
      return unit.call("list_custom_models", { nameContains = "a",
        baseModelArnEquals = ("b"):rep(3000), maxResults = 5 },
        { fail_at = k })
    end, function(c)
      attempt(c, 1000, 200, "{}", HEADERS)
      c:next(60000)
    end)
    each_allocation(20, function(k)
      return unit.call("invoke_model", { modelId = "m",
        accept = ("a"):rep(1000), contentType = "b/c",
        body = ("x"):rep(5000) }, { fail_at = k })
    end, function(c)
      attempt(c, 1000, 200, ("y"):rep(5000), HEADERS)
      c:next(60000)
    end)
  end)

  it("does not turn bad input into good", function()
    each_allocation(2, function(k)
      return unit.call("create_custom_model", { modelTags = { {}, {} } },
        { fail_at = k })
    end, function(c)
      assert.equal("done", c:next(1000))
      if select(3, c:state()) == "input" then c:problems() end
    end)
  end)
end)
