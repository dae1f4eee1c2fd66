-- Which operation a method and a path mean, and how it is called.
local errors = require "standin.errors"
local json = require "standin.json"
local models = require "standin.models"
local tags = require "standin.tags"
local text = require "standin.text"

local api = {}

-- "*" stands for one label: a path segment, percent-encoded by the client.
local ROUTES = {
  { "POST", "/custom-models/create-custom-model", models.create },
  { "GET", "/custom-models/*", models.get },
  { "GET", "/custom-models", models.list },
  { "DELETE", "/custom-models/*", models.delete },
  { "POST", "/tagResource", tags.add },
  { "POST", "/untagResource", tags.remove },
  { "POST", "/listTagsForResource", tags.list },
}

for _, route in ipairs(ROUTES) do
  route.pattern = "^" .. route[2]:gsub("%-", "%%-"):gsub("%*", "([^/]+)")
    .. "$"
  route.service = "bedrock"
end

-- route, decoded label | nil, failure
function api.route(method, path)
  for _, route in ipairs(ROUTES) do
    local label = method == route[1] and path:match(route.pattern)
    if label then return route, text.percent_decode(label) end
  end
  return nil, errors.new("UnknownOperationException",
    "There is no operation " .. method .. " " .. path)
end

-- query text -> { name = value }; a name given twice keeps its last value,
-- as no operation here has a list in its query.
local function parse_query(query)
  local out = {}
  for part in query:gmatch "[^&]+" do
    local name, value = part:match "^([^=]*)=?(.*)$"
    out[text.percent_decode(name)] = text.percent_decode(value)
  end
  return out
end

-- Calls the operation. -> answer
function api.call(store, route, id, request, region)
  local input = {}
  if request.method == "POST" and request.body ~= "" then
    input = json.decode_object(request.body)
    if not input then
      return errors.answer(errors.new("SerializationException",
        "The body is not a JSON object"))
    end
  end
  local status, result = route[3](store, { region = region, id = id,
    query = parse_query(request.query), input = input })
  if not status then return errors.answer(result) end
  return { status = status, body = json.encode(result) }
end

return api
