-- core/endpoint: the rule set, the partitions, what a region may look like.
local unit = require "unit"
local bedrock = require "bedrock"

describe("the endpoint", function()
  local function of(region, more)
    more = more or {}
    more.service = more.service or "bedrock-runtime"
    more.region = region
    return unit.endpoint(more)
  end

  it("follows the rule set", function()
    local r = "https://bedrock-runtime"
    assert.equal(r .. ".us-east-1.amazonaws.com", of "us-east-1")
    assert.equal(r .. "-fips.us-east-1.amazonaws.com",
      of("us-east-1", { fips = true }))
    assert.equal(r .. ".eu-west-1.api.aws",
      of("eu-west-1", { dualstack = true }))
    assert.equal(r .. "-fips.eu-west-1.api.aws",
      of("eu-west-1", { dualstack = true, fips = true }))
    assert.equal(r .. ".cn-north-1.amazonaws.com.cn", of "cn-north-1")
    assert.equal("http://h/x", of("us-east-1", { custom = "http://h/x" }))
  end)

  it("has a partition for every region", function()
    for region, id in pairs { ["us-east-1"] = "aws", ["cn-x-9"] = "aws-cn",
      ["us-gov-west-1"] = "aws-us-gov", ["us-iso-east-1"] = "aws-iso",
      ["us-isob-east-1"] = "aws-iso-b", ["eu-isoe-west-1"] = "aws-iso-e",
      ["us-isof-south-1"] = "aws-iso-f", ["eusc-de-east-1"] = "aws-eusc",
      ["aws-cn-global"] = "aws-cn", ["mars-north-1"] = "aws",
      ["us-east"] = "aws", [""] = "aws" } do
      assert.equal(id, unit.partition(region), region)
    end
  end)

  it("is the rule set's in each partition", function()
    for region, v in pairs {
      ["us-east-1"] = { "amazonaws.com", "api.aws" },
      ["cn-northwest-1"] = { "amazonaws.com.cn",
        "api.amazonwebservices.com.cn" },
      ["eusc-de-east-1"] = { "amazonaws.eu", "api.amazonwebservices.eu" },
      ["us-iso-east-1"] = { "c2s.ic.gov", "api.aws.ic.gov" },
      ["us-isob-east-1"] = { "sc2s.sgov.gov", "api.aws.scloud" },
      ["eu-isoe-west-1"] = { "cloud.adc-e.uk", "api.cloud-aws.adc-e.uk" },
      ["us-isof-south-1"] = { "csp.hci.ic.gov", "api.aws.hci.ic.gov" },
      ["us-gov-west-1"] = { "amazonaws.com", "api.aws" },
    } do
      for _, fips in ipairs { false, true } do
        for _, dual in ipairs { false, true } do
          assert.equal("https://bedrock-agent" .. (fips and "-fips." or ".")
            .. region .. "." .. v[dual and 2 or 1], of(region, { fips = fips,
              dualstack = dual, service = "bedrock-agent" }))
        end
      end
    end
  end)

  it("begins with the name of the service", function()
    for name in pairs(bedrock.operations()) do
      assert.equal("https://" .. name .. ".eu-west-3.amazonaws.com",
        of("eu-west-3", { service = name }))
    end
  end)

  it("has the global pseudo regions in their partitions", function()
    for region, id in pairs { ["aws-global"] = "aws",
      ["aws-cn-global"] = "aws-cn", ["aws-us-gov-global"] = "aws-us-gov",
      ["aws-iso-global"] = "aws-iso", ["aws-iso-b-global"] = "aws-iso-b",
      ["aws-iso-e-global"] = "aws-iso-e",
      ["aws-iso-f-global"] = "aws-iso-f" } do
      assert.equal(id, unit.partition(region))
    end
  end)

  it("takes a region by the whole rule only", function()
    for region, id in pairs { ["cn-north-1x"] = "aws", ["xcn-north-1"] =
      "aws", ["cn--1"] = "aws", ["cn-north-"] = "aws", ["cn-1"] = "aws",
      ["cn-a-b-1"] = "aws", ["cn-a_b-1"] = "aws-cn", ["cn-9-9"] = "aws-cn",
      ["us-gov-1"] = "aws", ["us-gov-a-1"] = "aws-us-gov",
      ["us-iso-a-12345"] = "aws-iso", ["CN-north-1"] = "aws",
      ["eusc-fr-east-1"] = "aws", ["-"] = "aws", ["1"] = "aws" } do
      assert.equal(id, unit.partition(region), region)
    end
  end)

  it("says what to do when there is no region", function()
    local _, code, message, hint = of ""
    assert.same({ "MissingRegion", "no region is set" }, { code, message })
    assert.truthy(hint:find("AWS_REGION", 1, true))
    _, code, message, hint = of("us-east-1", { custom = "http://h",
      fips = true })
    assert.equal("InvalidConfiguration", code)
    assert.truthy(message:find "use_fips" and hint:find "use_fips")
  end)

  it("refuses what cannot be", function()
    for _, v in ipairs {
      { "", nil, "MissingRegion" }, { "us east", nil, "InvalidRegion" },
      { "-us", nil, "InvalidRegion" },
      { "us-", nil, "InvalidRegion" }, { "us_east_1", nil, "InvalidRegion" },
      { "us.east", nil, "InvalidRegion" }, { "a/b", nil, "InvalidRegion" },
      { "us\0east", nil, "InvalidRegion" }, { "123", nil, "InvalidRegion" },
      { ("x"):rep(64), nil, "InvalidRegion" },
      { "us-east-1", { custom = "http://h", fips = true },
        "InvalidConfiguration" },
      { "us-east-1", { custom = "http://h", dualstack = true },
        "InvalidConfiguration" },
      { "us-east-1", { custom = "h" }, "InvalidEndpoint" },
      { "us-east-1", { custom = "http://h/?a" }, "InvalidEndpoint" },
      { "us-east-1", { custom = "http://h/#a" }, "InvalidEndpoint" },
    } do
      local url, code = of(v[1], v[2])
      assert.is_nil(url)
      assert.equal(v[3], code)
    end
  end)
end)
