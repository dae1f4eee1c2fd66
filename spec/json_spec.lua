-- core/json: strict, exact, and unharmed by any text.
local unit = require "unit"
local bedrock = require "bedrock"

local EXACT = math.type ~= nil           -- 64-bit integers: Lua 5.3 and later

-- A text as the document of an answer, and back as the one of a request.
local function read(text)
  local c = unit.call("get_agent_card", { agentRuntimeArn = "a",
    runtimeSessionId = ("x"):rep(33) })
  c:next()
  c:head(200)
  c:body(text)
  c:finish()
  local result, kind, message = c:result()
  c:free()
  if not result then return nil, kind, message end
  return result.agentCard
end

local function write(value)
  local c = unit.call("start_async_invoke", { modelId = "m",
    modelInput = value, outputDataConfig = { s3OutputDataConfig = {
      s3Uri = "s3://b" } } }, { build_only = true })
  local problems = c:problems()
  if #problems > 0 then
    c:free()
    return nil, problems[1]
  end
  c:next()
  local body = c:http().body
  c:free()
  return body:match '"modelInput":(.*),"outputDataConfig"'
end

describe("JSON text", function()
  it("is taken when RFC 8259 allows it", function()
    for _, good in ipairs { "0", "-0", "1.5e+10", "[]", "{}", ' [ 1 , "a" ] ',
      '"\\u00e9\\ud83d\\ude00\\n"', "true", "null", '{"a":{"b":[null]}}',
      "\t\r\n1\n", '""', '"\127"' } do
      assert.is_true(unit.json(good), good)
    end
  end)

  it("is refused, with the reason and the place, when it does not",
    function()
      for bad, why in pairs {
        [""] = "too early", [" "] = "too early", ["["] = "too early",
        ["[1"] = "too early", ["[1,"] = "too early", ["[1,]"] = "not a JSON",
        ["{"] = "too early", ['{"a"'] = "colon", ['{"a":'] = "too early",
        ["{a:1}"] = "without a name", ['{"a":1,}'] = "without a name",
        ['"a'] = "inside a string", ['"\\'] = "inside a string",
        ['"\\x"'] = "unknown escape", ['"\\u12g4"'] = "four hex digits",
        ['"\\ud800"'] = "surrogate", ['"\\udc00"'] = "surrogate",
        ['"\\ud800\\u0041"'] = "surrogate", ['"\1"'] = "control character",
        ['"\n"'] = "control character", ['"\255"'] = "UTF-8",
        ["01"] = "more text", ["1."] = "after its point",
        ["1e"] = "exponent", ["+1"] = "not a JSON", [".5"] = "not a JSON",
        ["-"] = "not a JSON", ["NaN"] = "not a JSON", ["tru"] = "not a JSON",
        ["1 2"] = "more text", ["[1 2]"] = "comma", ["'a'"] = "not a JSON",
        ["\239\187\1911"] = "not a JSON", ["1\0"] = "more text",
        ['"a\0b"'] = "control character", [("1"):rep(500)] = "400 digits",
      } do
        local ok, message = unit.json(bad)
        assert.is_nil(ok, bad)
        assert.truthy(message:find(why, 1, true), bad .. ": " .. message)
        assert.truthy(message:find "at byte %d+$", message)
      end
    end)

  it("may be nested 400 deep and no deeper", function()
    local function nest(n) return ("["):rep(n) .. ("]"):rep(n) end
    assert.is_true(unit.json(nest(400)))
    assert.is_nil(unit.json(nest(401)))
    assert.is_nil(unit.json(("["):rep(100000)))
    assert.is_nil(unit.json(('{"a":'):rep(100000)))
  end)

  it("has its faults told at the byte where they are", function()
    for text, at in pairs { ["[1,x]"] = 4, ['{"a":tru}'] = 6, ["1 x"] = 3,
      ['"ab\1"'] = 4, [""] = 1, ["[1"] = 3 } do
      local _, message = unit.json(text)
      assert.equal(at, tonumber(message:match "at byte (%d+)$"), text)
    end
  end)

  it("is refused for any byte that makes no sense in it", function()
    for b = 0, 255 do
      local char = string.char(b)
      local blank = char:find "^[ \t\r\n]$" ~= nil
      assert.equal(blank, unit.json("[1" .. char .. ",2]") == true
        and not char:find "%d" or blank, b)
      assert.equal(blank or char:find "^%d$" ~= nil,
        unit.json("[1" .. char .. "]") == true, b)
      assert.equal(b >= 0x20 and b < 0x80 and char ~= '"' and char ~= "\\",
        unit.json('"' .. char .. '"') == true, b)
      assert.equal(char:find '^["\\/bfnrt]$' ~= nil,
        unit.json('"\\' .. char .. '"') == true, b)
      for i = 1, 4 do
        local hex = ("0041"):sub(1, i - 1) .. char .. ("0041"):sub(i + 1)
        if i > 1 then
          assert.equal(char:find "^%x$" ~= nil,
            unit.json('"\\u' .. hex .. '"') == true, b)
        end
      end
    end
  end)

  it("may be nested 400 deep in objects, too", function()
    local function nest(n) return ('{"a":'):rep(n) .. "1" .. ("}"):rep(n) end
    assert.is_true(unit.json(nest(400)))
    assert.is_nil(unit.json(nest(401)))
    assert.truthy(select(2, unit.json(nest(401))):find "nested too deeply")
    assert.is_true(unit.json(("[[],{},"):rep(399) .. "1"
      .. ("]"):rep(399)))
  end)

  it("is never taken when it is cut", function()
    local text = '{"a":[1,2.5e3,"x\\u0000\\ud83d\\ude00é",true,null],'
      .. '"b\\u0001":{"c":-12345678901234567890}}'
    assert.is_true(unit.json(text))
    for i = 0, #text - 1 do assert.is_nil(unit.json(text:sub(1, i)), i) end
  end)
end)

describe("a document", function()
  it("comes back as it was", function()
    for _, text in ipairs { "[1,2.5,\"a\"]", "{}", "[]", "[[],{}]",
      "[null,true,false]", '{"a":[]}', '"\\u0000a\\u0001\\u0000"',
      '{"\\u0000":1}', '"\\"\\\\/\\b\\f\\n\\r\\t"', '"é😀"', "-1.5e-07",
      "[null]", "0.1", '["\\u0001n1"]' } do
      local value, kind, message = read(text)
      assert.is_nil(kind, message)
      local again = write(value)
      assert.equal(again, write((read(again))), text)
      assert.same(value, (read(again)), text)
    end
    assert.equal('"\\u0000a\\u0001\\u0000"', write "\0a\1\0")
    assert.equal("\1n1", read('["\\u0001n1"]')[1])
  end)

  it("keeps integers and fractions apart where Lua can", function()
    if not EXACT then return assert.equal(1, read "1.0") end
    assert.equal("1", write(read "1"))
    assert.equal("1.0", write(read "1.0"))
    assert.equal("1000.0", write(read "1e3"))
    assert.equal("-0.0", write(read "-0"))
  end)

  it("keeps integers exact or refuses them", function()
    local edge = { "9007199254740993", "9223372036854775807",
      "-9223372036854775808" }
    for _, text in ipairs(edge) do
      local value, kind, message = read(text)
      if EXACT then
        assert.equal(text, ("%d"):format(value))
        assert.equal(text, write(value))
      else
        assert.equal("decode", kind)
        assert.truthy(message:find "exact")
      end
    end
    for _, text in ipairs { "9223372036854775808", "12345678901234567890",
      "1e400", "-1e400" } do
      local _, kind = read(text)
      assert.equal("decode", kind, text)
    end
  end)

  it("is exact in keys as in texts", function()
    for _, key in ipairs { "\0", "\1", "\0000", "\1n1", "a\0b", "\1\0\1", "",
      "\0011", "\0010" } do
      local coded = unit.json_string(key)
      local value = read("{" .. coded .. ":[" .. coded .. "]}")
      assert.equal(key, (next(value)))
      assert.equal(key, value[key][1])
      assert.equal("{" .. coded .. ":[" .. coded .. "]}", write(value))
    end
  end)

  -- 2^53 + 1 is the first that a double loses.
  it("has every number as it was written, or not at all", function()
    for text, v in pairs { ["9007199254740992"] = 2 ^ 53,
      ["-9007199254740992"] = -2 ^ 53, ["1e22"] = 1e22, ["0.1"] = 0.1,
      ["5e-324"] = 5e-324, ["1.7976931348623157e308"] =
      1.7976931348623157e308, ["123456789012345"] = 123456789012345,
      ["1234567890123456"] = 1234567890123456, ["1.5"] = 1.5,
      ["100000000000000.5"] = 100000000000000.5, ["1E2"] = 100,
      ["1e-400"] = 0 } do
      assert.equal(v, (read(text)), text)
      assert.equal(v, (read("[" .. text .. "]"))[1], text)
    end
    if EXACT then
      for text, v in pairs { ["1"] = "integer", ["1.0"] = "float",
        ["-0"] = "float", ["0"] = "integer", ["1e0"] = "float",
        ["9007199254740993"] = "integer", ["1.50"] = "float",
        ["-1"] = "integer", ["10.00"] = "float" } do
        assert.equal(v, math.type((read(text))), text)
      end
    end
    assert.equal(-1 / 0, 1 / read "-0")
    assert.equal(-1 / 0, 1 / read "-0.0")
    assert.equal(1 / 0, 1 / read "0.0")
  end)

  it("is written by what was declared, else by its keys", function()
    assert.equal("{}", write {})
    assert.equal("[]", write(bedrock.array {}))
    assert.equal("{}", write(bedrock.object {}))
    assert.equal("[1,2]", write { 1, 2 })
    assert.equal("null", write(bedrock.null))
    for _, bad in ipairs { { 1, nil, 3 }, { 1, a = 2 },
      bedrock.array { a = 1 }, { [2] = 1 }, { [true] = 1 }, { print },
      { 0 / 0 }, { 1 / 0 }, { "\255" }, { ["\255"] = 1 } } do
      local text, problem = write(bad)
      assert.is_nil(text)
      assert.truthy(problem:find "^modelInput", problem)
    end
  end)

  it("that holds itself is refused", function()
    local t = {}
    t.t = t
    local _, problem = write(t)
    assert.truthy(problem:find "nested too deeply")
  end)
end)

describe("texts", function()
  it("are written with the fewest escapes", function()
    for b = 0, 255 do
      local char = string.char(b)
      local short = { ['"'] = '\\"', ["\\"] = "\\\\", ["\b"] = "\\b",
        ["\f"] = "\\f", ["\n"] = "\\n", ["\r"] = "\\r", ["\t"] = "\\t" }
      assert.equal('"' .. (short[char] or b < 32 and ("\\u%04x"):format(b)
        or char) .. '"', unit.json_string(char))
    end
    assert.equal('"a\\u0000b\\"/é"', unit.json_string 'a\0b"/é')
  end)
end)

describe("numbers", function()
  it("are written short and read back equal", function()
    for v, text in pairs { [0.1] = "0.1", [1e21] = "1e+21", [-2.5] = "-2.5",
      [1 / 3] = "0.3333333333333333", [5e-324] = "4.94065645841247e-324",
      [100] = "100" } do
      assert.equal(text, unit.json_number(v))
      assert.equal(v, tonumber(unit.json_number(v)))
    end
    assert.equal("100.0", unit.json_number(100, true))
    assert.is_nil(unit.json_number(0 / 0))
    assert.is_nil(unit.json_number(1 / 0))
  end)
end)
