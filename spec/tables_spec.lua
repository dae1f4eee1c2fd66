-- core/tables.c: what the generator gives for the pinned models, no more
-- and no less.
local bedrock = require "bedrock"

local function read(path)
  local file = assert(io.open(path, "rb"))
  local text = file:read "*a"
  file:close()
  return text
end

local function output(command)
  local pipe = assert(io.popen(command))
  local text = pipe:read "*a"
  pipe:close()
  return text
end

describe("the generated tables", function()
  it("are what the generator gives", function()
    local data = output("ls -d build/venv/lib/python3*/site-packages/"
      .. "botocore/data 2>/dev/null"):match "[^\n]+"
    if not data then
      return pending "skipped: no botocore in build/venv (make venv)"
    end
    local version = bedrock._MODELS:match "botocore (.+)"
    local fresh = output("lua5.4 tools/gentables.lua " .. data .. " "
      .. version)
    assert.truthy(#fresh > 100000, "the generator failed")
    assert.is_true(fresh == read "core/tables.c",
      "core/tables.c is not up to date: run `make model`")
  end)

  it("hold no sentence of the models' documentation", function()
    local text = read "core/tables.c"
    assert.falsy(text:find "<p>")
    for line in text:gmatch '"([^"\n]*)\\0"' do
      local words = select(2, line:gsub("%S+", ""))
      assert.truthy(words < 40 and not line:find "%. %u", line)
    end
  end)

  it("name every operation once, sorted, and each can be built", function()
    local count = 0
    local client = bedrock.client { region = "us-east-1",
      credentials = { creds = { access_key_id = "A",
        secret_access_key = "B" } } }
    for service, names in pairs(bedrock.operations()) do
      local asked = client:service(service)
      for i, name in ipairs(names) do
        assert.truthy(i == 1 or names[i - 1] < name, name)
        local request, err = asked:build(name, {})
        assert.truthy(request or err.kind == "input"
          or err.code == "NotYetSupported", name .. ": " .. tostring(err))
        count = count + 1
      end
    end
    assert.equal(491, count)
  end)
end)
