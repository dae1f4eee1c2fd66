-- JSON for the local Bedrock. Reading is cjson's; writing is done here, since
-- cjson 2.1 cannot tell an empty list from an empty object, and since sorted
-- keys let two requests be compared as texts.
local cjson = require "cjson"

local json = { null = cjson.null }
local is_list = {}

-- Marks a table as a list, so that it is written as one even when empty.
function json.list(t)
  return setmetatable(t or {}, is_list)
end

local write

local function write_list(t)
  local out = {}
  for i, v in ipairs(t) do out[i] = write(v) end
  return "[" .. table.concat(out, ",") .. "]"
end

local function write_object(t)
  local keys, out = {}, {}
  for k in pairs(t) do keys[#keys + 1] = tostring(k) end
  table.sort(keys)
  for i, k in ipairs(keys) do
    out[i] = cjson.encode(k) .. ":" .. write(t[k])
  end
  return "{" .. table.concat(out, ",") .. "}"
end

function write(v)
  if type(v) ~= "table" then return cjson.encode(v) end
  if getmetatable(v) == is_list or #v > 0 then return write_list(v) end
  return write_object(v)
end

json.encode = write

-- text -> table | nil. Only an object will do: that is what requests carry.
function json.decode_object(s)
  local ok, value = pcall(cjson.decode, s)
  if ok and type(value) == "table" and #value == 0
    and s:match "^%s*{" then
    return value
  end
  return nil
end

return json
