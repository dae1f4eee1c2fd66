-- core/retry: the decision as a table, and the quota.
local unit = require "unit"

local FINAL, TRANSIENT, THROTTLING = 0, 1, 2

describe("a failure", function()
  it("is classed by code, by the model's trait, by status", function()
    for _, v in ipairs {
      { "bedrock", 400, "ThrottlingException", "throttling" },
      { "bedrock", 400, "SlowDown", "throttling" },
      { "bedrock", 429, "", "throttling" },
      { "bedrock", 500, "", "transient" },
      { "bedrock", 503, "ServiceUnavailableException", "transient" },
      { "bedrock", 501, "", "final" },
      { "bedrock", 505, "", "final" },
      { "bedrock", 400, "ValidationException", "final" },
      { "bedrock", 400, "RequestTimeout", "transient" },
      { "bedrock-runtime", 429, "ModelNotReadyException", "transient" },
      { "bedrock-agent-runtime", 424, "ModelNotReadyException", "final" },
      { "bedrock-agentcore", 409, "RetryableConflictException",
        "transient" },
      { "bedrock-agentcore", 409, "ConflictException", "final" },
      { "bedrock-agentcore-control", 429, "ThrottledException",
        "throttling" },
    } do
      assert.equal(v[4], unit.classify(v[1], v[2], v[3]), v[3] .. v[2])
    end
  end)
end)

describe("the wait", function()
  it("doubles from 50 ms, from 1 s when throttled, to 20 s", function()
    for _, v in ipairs {
      { TRANSIENT, 1, 50 }, { TRANSIENT, 2, 100 }, { TRANSIENT, 3, 200 },
      { TRANSIENT, 20, 20000 }, { THROTTLING, 1, 1000 },
      { THROTTLING, 4, 8000 }, { THROTTLING, 6, 20000 },
    } do
      local ms = unit.decide { class = v[1], attempt = v[2], max = 99,
        random = 0.9999999 }
      assert.equal(v[3] - 1, ms)
      assert.equal(0, (unit.decide { class = v[1], attempt = v[2],
        max = 99, random = 0 }))
    end
  end)

  it("is at least what the service asks, within 5 s", function()
    local function asked(ms)
      return (unit.decide { random = 0.5, asked = ms })
    end
    assert.equal(25, asked(-1))
    assert.equal(25, asked(10))
    assert.equal(300, asked(300))
    assert.equal(5025, asked(60000))
  end)
end)

describe("the quota", function()
  it("pays 14 for a retry, 5 when throttled, and may run out", function()
    assert.same({ 0, 486, 14 }, { unit.decide { left = 500 } })
    assert.same({ 0, 495, 5 }, { unit.decide { left = 500,
      class = THROTTLING } })
    assert.same({ 0, 0, 14 }, { unit.decide { left = 14 } })
    assert.same({ -1, 13, 0 }, { unit.decide { left = 13 } })
    assert.same({ -1, 4, 0 }, { unit.decide { left = 4,
      class = THROTTLING } })
  end)

  it("is not touched when there is nothing to repeat", function()
    assert.same({ -1, 500, 0 }, { unit.decide { class = FINAL } })
    assert.same({ -1, 500, 0 }, { unit.decide { attempt = 3, max = 3 } })
  end)

  it("gets back the cost, or one, never above 500", function()
    assert.equal(114, unit.refund(100, 14))
    assert.equal(101, unit.refund(100, 0))
    assert.equal(500, unit.refund(499, 14))
  end)
end)
