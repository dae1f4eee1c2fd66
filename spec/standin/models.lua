-- Custom models: the store, and the operations on it. Every operation takes
-- (store, call) with call = { region, id, query, input } and returns
-- status, body | nil, failure.
local hmac = require "openssl.hmac"
local rand = require "openssl.rand"
local check = require "standin.check"
local errors = require "standin.errors"
local json = require "standin.json"
local text = require "standin.text"

local models = {}

local ACCOUNT = "123456789012"
local BASE = "amazon.nova-lite-v1"
local PAGE = 100
local TAGS_MAX = 50

-- clock() gives seconds that never jump; creating is how many of them a model
-- stays in state Creating. Names and tokens are kept apart by region.
function models.new(clock, creating)
  return { clock = clock, creating = creating, count = 0, tokens = {},
    by_arn = {}, by_name = {}, secret = rand.bytes(32) }
end

local function here(call, name)
  return call.region .. "/" .. name
end

-- The state follows from the time; nothing has to run in the background.
local function status(store, model)
  if store.clock() < model.ready then return "Creating" end
  return model.name:match "^fail%-" and "Failed" or "Active"
end

local function base_arn(model)
  return ("arn:aws:bedrock:%s::foundation-model/%s"):format(model.region,
    BASE)
end

-- By ARN or by name, within the region.
function models.find(store, call, id)
  local model = store.by_arn[id] or store.by_name[here(call, id)]
  if model and model.region == call.region then return model end
  return nil, errors.new("ResourceNotFoundException",
    "The specified custom model was not found: " .. id)
end

function models.too_many_tags(name, count)
  if count <= TAGS_MAX then return nil end
  return errors.new("TooManyTagsException",
    ("%d tags are more than the %d a resource may have"):format(count,
      TAGS_MAX), { resourceName = name })
end

local function check_source(problems, input)
  local config = problems:table(input, "modelSourceConfig")
  local newer = problems:table(input, "customModelDataSource")
  if (config == nil) == (newer == nil) then
    problems:problem(config and "both" or nil, "modelSourceConfig",
      "Exactly one of modelSourceConfig and customModelDataSource is needed")
  end
  if config then
    local path = "modelSourceConfig"
    local s3 = problems:table(config, "s3DataSource", path, true) or {}
    problems:text(s3, "s3Uri", "s3_uri", path .. ".s3DataSource", true)
  end
  if newer then
    local path, name = "customModelDataSource", "modelPackageArnDataSource"
    local package_ = problems:table(newer, name, path, true) or {}
    problems:text(package_, "modelPackageArn", "package_arn",
      path .. "." .. name, true)
  end
end

local function check_create(input)
  local problems = check.new()
  local wish = { name = problems:text(input, "modelName", "model_name", nil,
    true) }
  check_source(problems, input)
  wish.kms = problems:text(input, "modelKmsKeyArn", "kms_arn")
  problems:text(input, "roleArn", "role_arn")
  wish.tags = problems:tags(input, "modelTags")
  wish.token = problems:text(input, "clientRequestToken", "token")
  return wish, problems:failure()
end

local function add(store, call, wish)
  local arn
  repeat
    arn = ("arn:aws:bedrock:%s:%s:custom-model/imported/%s"):format(
      call.region, ACCOUNT, text.random_name(12))
  until not store.by_arn[arn]
  store.count = store.count + 1
  local model = { arn = arn, name = wish.name, region = call.region,
    kms = wish.kms, tags = wish.tags, order = store.count,
    created = os.time(), ready = store.clock() + store.creating }
  store.by_arn[arn] = model
  store.by_name[here(call, wish.name)] = model
  return model
end

-- The same token with the same body is the same call, made again: it gets
-- the first answer. The token itself is part of the compared body.
function models.create(store, call)
  local wish, failure = check_create(call.input)
  failure = failure or models.too_many_tags(wish.name, #wish.tags)
  if failure then return nil, failure end
  local body = json.encode(call.input)
  local before = wish.token and store.tokens[here(call, wish.token)]
  if before and before.body == body then
    return 202, { modelArn = before.arn }
  elseif before then
    return nil, errors.new("ConflictException",
      "clientRequestToken was used before with another request")
  elseif store.by_name[here(call, wish.name)] then
    return nil, errors.new("ConflictException",
      "A custom model with this name exists already: " .. wish.name)
  end
  local model = add(store, call, wish)
  if wish.token then
    store.tokens[here(call, wish.token)] = { body = body, arn = model.arn }
  end
  return 202, { modelArn = model.arn }
end

function models.get(store, call)
  local model, failure = models.find(store, call, call.id)
  if not model then return nil, failure end
  local state = status(store, model)
  return 200, {
    modelArn = model.arn, modelName = model.name,
    creationTime = text.iso_time(model.created),
    baseModelArn = base_arn(model), customizationType = "IMPORTED",
    modelKmsKeyArn = model.kms, modelStatus = state,
    failureMessage = state == "Failed"
      and "The files at the S3 location are not a model." or nil,
  }
end

function models.delete(store, call)
  local model, failure = models.find(store, call, call.id)
  if not model then return nil, failure end
  if status(store, model) == "Creating" then
    return nil, errors.new("ConflictException",
      "The custom model is being created and cannot be deleted yet")
  end
  store.by_arn[model.arn] = nil
  store.by_name[here(call, model.name)] = nil
  return 200, {}
end

local FILTERS = { "creationTimeBefore", "creationTimeAfter", "nameContains",
  "baseModelArnEquals", "foundationModelArnEquals", "isOwned",
  "modelStatus", "sortBy", "sortOrder" }

-- A page token is the order of the last model seen, signed together with the
-- filters, so that it only continues the list that it came from.
local function page_token(store, call, order)
  local parts = { call.region, tostring(order) }
  for i, name in ipairs(FILTERS) do
    parts[i + 2] = call.query[name] or ""
  end
  local mac = hmac.new(store.secret, "sha256"):final(
    table.concat(parts, "\0"))
  return ("%x.%s"):format(order, text.hex(mac):sub(1, 40))
end

local function page_start(store, call)
  local token = call.query.nextToken
  if not token then return 0 end
  local digits = token:match "^(%x+)%."
  local order = digits and #digits < 12 and tonumber(digits, 16)
  if order and token == page_token(store, call, order) then return order end
  return nil, errors.new("ValidationException",
    "The provided nextToken is invalid")
end

local function check_list(query)
  local problems = check.new()
  local wish = {
    max = problems:integer(query, "maxResults", 1, 1000) or PAGE,
    before = problems:time(query, "creationTimeBefore"),
    after = problems:time(query, "creationTimeAfter"),
    name = problems:text(query, "nameContains", "model_name"),
    status = problems:choice(query, "modelStatus", "Active", "Creating",
      "Failed"),
    owned = problems:choice(query, "isOwned", "true", "false"),
    base = query.baseModelArnEquals,
    foundation = query.foundationModelArnEquals,
  }
  problems:choice(query, "sortBy", "CreationTime")
  local order = problems:choice(query, "sortOrder", "Ascending",
    "Descending")
  wish.up = order == "Ascending"
  return wish, problems:failure()
end

-- Every model here belongs to the caller, so isOwned=false lists none.
local function matches(store, model, wish)
  local base = base_arn(model)
  return (not wish.before or model.created < wish.before)
    and (not wish.after or model.created > wish.after)
    and (not wish.name or model.name:find(wish.name, 1, true))
    and (not wish.status or status(store, model) == wish.status)
    and wish.owned ~= "false"
    and (wish.base or base) == base
    and (wish.foundation or base) == base
end

local function summary(store, model)
  return {
    modelArn = model.arn, modelName = model.name,
    creationTime = text.iso_time(model.created),
    baseModelArn = base_arn(model), baseModelName = BASE,
    customizationType = "IMPORTED", ownerAccountId = ACCOUNT,
    modelStatus = status(store, model),
  }
end

-- Newest first, unless asked otherwise.
function models.list(store, call)
  local wish, failure = check_list(call.query)
  local start, wrong = page_start(store, call)
  failure = failure or wrong
  if failure then return nil, failure end
  local found = {}
  for _, model in pairs(store.by_arn) do
    local later = start == 0 or wish.up and model.order > start
      or not wish.up and model.order < start
    if later and model.region == call.region
      and matches(store, model, wish) then
      found[#found + 1] = model
    end
  end
  table.sort(found, function(a, b)
    if wish.up then return a.order < b.order end
    return a.order > b.order
  end)
  local page = json.list()
  for i = 1, math.min(#found, wish.max) do
    page[i] = summary(store, found[i])
  end
  local more = #found > wish.max and page_token(store, call,
    found[wish.max].order) or nil
  return 200, { modelSummaries = page, nextToken = more }
end

return models
