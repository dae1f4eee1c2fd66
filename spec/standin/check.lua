-- What the services accept in a member: patterns, lengths, choices. The
-- problems of a request are collected and told together, in their wording.
local errors = require "standin.errors"
local json = require "standin.json"
local text = require "standin.text"

local check = {}
check.__index = check

function check.new()
  return setmetatable({}, check)
end

function check:problem(value, path, constraint)
  local shown = value == nil and "null" or tostring(value)
  self[#self + 1] = ("Value '%s' at '%s' failed to satisfy constraint: %s")
    :format(shown, path, constraint)
end

-- nil when all was well, else the failure
function check:failure()
  if #self == 0 then return nil end
  return errors.new("ValidationException",
    ("%d validation error%s detected: %s"):format(#self,
      #self == 1 and "" or "s", table.concat(self, "; ")))
end

local kinds = {}

-- One separator at most between letters and digits.
function kinds.model_name(s)
  return #s <= 63 and s:match "^%w[%w_-]*$" and not s:match "[_-][_-]"
end

function kinds.s3_uri(s)
  local bucket, key = s:match "^s3://([^/]+)(.*)$"
  return bucket and #s <= 1024 and #bucket >= 3 and #bucket <= 63
    and bucket:match "^[a-z0-9][-.a-z0-9]*[a-z0-9]$"
    and key:match "^[-!_*'().%w/]*$" and not key:find("//", 1, true)
end

function kinds.package_arn(s)
  return s:match
    "^arn:aws[%l-]*:sagemaker:[%l%d-]+:%d+:model%-package/%S+$"
end

function kinds.kms_arn(s)
  return s:match "^arn:aws[^:]*:kms:[%w-]*:%d+:key/[%w-]+$"
    and #s:match "[^/]+$" == 36
end

function kinds.role_arn(s)
  return #s <= 2048 and s:match "^arn:aws[^:]*:iam::%d*:role/.+$"
end

function kinds.token(s)
  return #s <= 256 and s:match "^%w[%w-]*$" and s:match "%w$"
end

function kinds.tag_key(s)
  return #s >= 1 and #s <= 128 and s:match "^[%w%s._:/=+@-]*$"
end

function kinds.tag_value(s)
  return #s <= 256 and s:match "^[%w%s._:/=+@-]*$"
end

function kinds.resource(s)
  return #s >= 20 and #s <= 1011 and s:match "^arn:aws[^:]*:bedrock:"
end

function kinds.identifier(s)
  return #s >= 1 and #s <= 2048 and s:match "^[%w._:/-]+$"
end

-- Looks at t[name]; returns it when it is a text that fits, else nil.
-- A JSON null counts as absent.
function check:text(t, name, kind, path, required)
  local value = t[name]
  if value == json.null then value = nil end
  path = path and path .. "." .. name or name
  if value == nil then
    if required then self:problem(nil, path, "Member must not be null") end
    return nil
  end
  if type(value) ~= "string" or not kinds[kind](value) then
    self:problem(value, path,
      "Member must satisfy the pattern or length of " .. kind)
    return nil
  end
  return value
end

-- t[name] as a table, or nil when absent; anything else is a problem.
function check:table(t, name, path, required)
  local value = t[name]
  if value == json.null then value = nil end
  path = path and path .. "." .. name or name
  if value == nil and required then
    self:problem(nil, path, "Member must not be null")
  elseif value ~= nil and type(value) ~= "table" then
    self:problem(value, path, "Member must be a structure or a list")
    return nil
  end
  return value
end

-- A list of { key=, value= } -> the same, as plain tables.
function check:tags(t, name, required)
  local list, seen, out = self:table(t, name, nil, required), {}, {}
  if list and #list > 200 then
    self:problem(#list, name, "Member must have length at most 200")
    return out
  end
  if list and #list == 0 and next(list) ~= nil then
    self:problem("{...}", name, "Member must be a list")
  end
  for i in ipairs(list or out) do
    local path = name .. "." .. i
    local tag = self:table(list, i, name, true) or {}
    local key = self:text(tag, "key", "tag_key", path .. ".member", true)
    local value = self:text(tag, "value", "tag_value", path .. ".member",
      true)
    if key and seen[key] then
      self:problem(key, path .. ".member.key", "Keys must be unique")
    elseif key and value then
      seen[key] = true
      out[#out + 1] = { key = key, value = value }
    end
  end
  return out
end

-- The checks of query parameters: `query` maps a name to its text.
function check:choice(query, name, ...)
  local value = query[name]
  if value == nil then return nil end
  for _, allowed in ipairs { ... } do
    if value == allowed then return value end
  end
  self:problem(value, name, "Member must satisfy enum value set: ["
    .. table.concat({ ... }, ", ") .. "]")
  return nil
end

function check:integer(query, name, least, most)
  local value = query[name]
  if value == nil then return nil end
  local number = value:match "^%-?%d+$" and math.tointeger(tonumber(value))
  if number and number >= least and number <= most then return number end
  self:problem(value, name,
    ("Member must be an integer from %d to %d"):format(least, most))
  return nil
end

function check:time(query, name)
  local value = query[name]
  if value == nil then return nil end
  local seconds = text.parse_iso_time(value)
  if not seconds then
    self:problem(value, name, "Member must be an ISO 8601 timestamp")
  end
  return seconds
end

return check
