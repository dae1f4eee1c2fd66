-- Tags of a resource. Only custom models have any here; the operations have
-- the same form as those in models.lua.
local check = require "standin.check"
local json = require "standin.json"
local models = require "standin.models"

local tags = {}

-- model | nil, failure; the other members are looked at beforehand, so that
-- all problems of a request are told together.
local function target(store, call, problems)
  local arn = problems:text(call.input, "resourceARN", "resource", nil, true)
  local failure = problems:failure()
  if failure then return nil, failure end
  return models.find(store, call, arn)
end

function tags.add(store, call)
  local problems = check.new()
  local new = problems:tags(call.input, "tags", true)
  local model, failure = target(store, call, problems)
  if not model then return nil, failure end
  local merged, place = {}, {}
  for i, tag in ipairs(model.tags) do
    merged[i], place[tag.key] = tag, i
  end
  for _, tag in ipairs(new) do
    local at = place[tag.key] or #merged + 1
    merged[at], place[tag.key] = tag, at
  end
  failure = models.too_many_tags(model.arn, #merged)
  if failure then return nil, failure end
  model.tags = merged
  return 200, {}
end

function tags.remove(store, call)
  local problems, gone, kept = check.new(), {}, {}
  local keys = problems:table(call.input, "tagKeys", nil, true) or {}
  for i in ipairs(keys) do
    local key = problems:text(keys, i, "tag_key", "tagKeys")
    if key then gone[key] = true end
  end
  local model, failure = target(store, call, problems)
  if not model then return nil, failure end
  for _, tag in ipairs(model.tags) do
    if not gone[tag.key] then kept[#kept + 1] = tag end
  end
  model.tags = kept
  return 200, {}
end

function tags.list(store, call)
  local model, failure = target(store, call, check.new())
  if not model then return nil, failure end
  local copy = json.list()
  for i, tag in ipairs(model.tags) do copy[i] = tag end
  return 200, { tags = copy }
end

return tags
