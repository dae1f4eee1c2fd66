-- gentables.lua: botocore's published model files -> core/tables.c
-- usage: lua5.4 tools/gentables.lua DATA_DIR VERSION > core/tables.c
-- DATA_DIR is botocore's folder "data". Names, types, bindings and limits
-- carry over; the documentation text of the models does not.

local json = require "cjson"

local SERVICES = {
  "bedrock", "bedrock-agent", "bedrock-agent-runtime", "bedrock-agentcore",
  "bedrock-agentcore-control", "bedrock-data-automation",
  "bedrock-data-automation-runtime", "bedrock-runtime",
}

-- botocore keeps milliseconds for this service by a handler, not by model.
local MILLISECONDS = { ["bedrock-agentcore"] = true }

-- Services that run models: their answers may take minutes.
local PATIENT = {
  ["bedrock-runtime"] = true, ["bedrock-agent-runtime"] = true,
  ["bedrock-agentcore"] = true, ["bedrock-data-automation-runtime"] = true,
}

local data_dir, version = arg[1], arg[2]
assert(data_dir and version, "usage: gentables.lua DATA_DIR VERSION")

local function fail(...)
  io.stderr:write("gentables: ", string.format(...), "\n")
  os.exit(1)
end

local function quoted(s)
  return "'" .. s:gsub("'", "'\\''") .. "'"
end

local function lines(command)
  local out = {}
  local pipe = assert(io.popen(command))
  for line in pipe:lines() do out[#out + 1] = line end
  pipe:close()
  return out
end

-- The text of a model file, packed or not; nil where there is none.
local function model_file(service, name)
  local found = lines("ls " .. quoted(data_dir .. "/" .. service) ..
    "/*/" .. name .. ".json* 2>/dev/null")
  if #found == 0 then return nil end
  if #found > 1 then fail("%s has several %s files", service, name) end
  local opener = found[1]:match("%.gz$") and "gzip -dc " or "cat "
  local pipe = assert(io.popen(opener .. quoted(found[1])))
  local text = pipe:read("a")
  pipe:close()
  return json.decode(text)
end

local function sorted_keys(t)
  local keys = {}
  for k in pairs(t or {}) do keys[#keys + 1] = k end
  table.sort(keys)
  return keys
end

---------------------------------------------------------------------------
-- The string pool
---------------------------------------------------------------------------
local pool, offsets, pool_size = { "" }, { [""] = 0 }, 1

local function text(s)
  if s == nil then return 0 end
  if not offsets[s] then
    offsets[s] = pool_size
    pool[#pool + 1] = s
    pool_size = pool_size + #s + 1
  end
  return offsets[s]
end

---------------------------------------------------------------------------
-- Rows
---------------------------------------------------------------------------
local TYPES = {
  structure = 1, list = 2, map = 3, string = 4, integer = 5, long = 6,
  float = 7, double = 8, boolean = 9, blob = 10, timestamp = 11,
}
local DOCUMENT = 12
local METHODS = { GET = 0, POST = 1, PUT = 2, DELETE = 3, PATCH = 4 }
local PLACES = { uri = 1, querystring = 2, header = 3, statusCode = 4 }
local PAYLOAD = 5

local shapes, members, minimums = { false }, {}, { 0 }
local minimum_index, leaf_index = {}, {}

local function minimum(value)
  if value == nil then return 0 end
  if not minimum_index[value] then
    minimums[#minimums + 1] = value
    minimum_index[value] = #minimums - 1
  end
  return minimum_index[value]
end

local function shape_flags(s)
  local retryable = s.retryable
  return (s.union and 1 or 0) + (s.eventstream and 2 or 0)
    + (s.streaming and 4 or 0) + (s.sensitive and 8 or 0)
    + ((s.exception or s.error) and 16 or 0) + (retryable and 32 or 0)
    + (retryable and retryable.throttling and 64 or 0)
    + (s.timestampFormat == "iso8601" and 128 or 0)
end

local function shape_row(name, s)
  local known = { iso8601 = true }
  if s.timestampFormat and not known[s.timestampFormat] then
    fail("%s: timestamp format %s", name, s.timestampFormat)
  end
  local named = s.type == "structure"
  return {
    name = named and text(name) or 0,
    first = 0, count = 0,
    status = s.error and s.error.httpStatusCode or 0,
    minimum = minimum(s.min),
    flags = shape_flags(s),
    type = s.document and DOCUMENT or TYPES[s.type]
      or fail("%s: type %s", name, s.type),
  }
end

local function shape_key(row)
  return table.concat({ row.first, row.count, row.minimum, row.flags,
    row.type }, ",")
end

local shape_of            -- forward: a service's shape name -> its index

local function member_row(m, name, owner, required, resolve)
  local place = m.location and (PLACES[m.location]
    or fail("%s.%s: location %s", owner.type, name, m.location)) or 0
  if owner.payload == name then place = PAYLOAD end
  return {
    name = text(name), wire = text(m.locationName or name),
    shape = resolve(m.shape), place = place,
    flags = (required[name] and 1 or 0) + (m.idempotencyToken and 2 or 0),
  }
end

local function add_members(row, s, resolve)
  local required, rows = {}, {}
  for _, name in ipairs(s.required or {}) do required[name] = true end
  for _, name in ipairs(sorted_keys(s.members)) do
    rows[#rows + 1] = member_row(s.members[name], name, s, required, resolve)
  end
  if #rows > 64 then fail("a structure with %d members", #rows) end
  row.first, row.count = #members, #rows
  table.move(rows, 1, #rows, #members + 1, members)
end

-- Structures may be recursive: their row is entered before their members.
-- Other shapes have no name of their own and are kept once.
function shape_of(model, name, seen)
  if seen[name] then return seen[name] end
  local s = model.shapes[name] or fail("no shape %s", name)
  local row = shape_row(name, s)
  local function resolve(other) return shape_of(model, other, seen) end
  if row.type == TYPES.structure then
    shapes[#shapes + 1] = row
    seen[name] = #shapes - 1
    add_members(row, s, resolve)
    return seen[name]
  end
  if s.type == "list" then
    row.first = resolve(s.member.shape)
  elseif s.type == "map" then
    row.first, row.count = resolve(s.value.shape), resolve(s.key.shape)
    if model.shapes[s.key.shape].type ~= "string" then
      fail("%s: keys are not strings", name)
    end
  end
  local key = shape_key(row)
  if not leaf_index[key] then
    shapes[#shapes + 1] = row
    leaf_index[key] = #shapes - 1
  end
  seen[name] = leaf_index[key]
  return seen[name]
end

-- botocore's rule for names of methods.
local function snake(name)
  local plural = name:match("[A-Z][A-Z]+s$")
  if plural then name = name:sub(1, -#plural - 1) .. "_" .. plural:lower() end
  name = name:gsub("(.)([A-Z][a-z]+)", "%1_%2")
  name = name:gsub("([a-z0-9])([A-Z])", "%1_%2")
  return name:lower()
end

---------------------------------------------------------------------------
-- Services
---------------------------------------------------------------------------
local services, operations, errors = {}, {}, {}
local paginators, waiters, acceptors = {}, {}, {}

local function has_events(model, shape_name)
  local s = shape_name and model.shapes[shape_name]
  for _, m in pairs(s and s.members or {}) do
    if model.shapes[m.shape].eventstream then return true end
  end
  return false
end

local function operation_row(model, op, service, seen)
  local uri = op.http.requestUri
  if uri:find("?", 1, true) or uri:find("+}", 1, true) then
    fail("%s: literal query or greedy label", op.name)
  end
  local input = op.input and op.input.shape
  local output = op.output and op.output.shape
  return {
    name = text(op.name), lua_name = text(snake(op.name)), uri = text(uri),
    key = snake(op.name), full = op.name,
    input = input and shape_of(model, input, seen) or 0,
    output = output and shape_of(model, output, seen) or 0,
    service = service,
    method = METHODS[op.http.method] or fail("%s: method", op.name),
    flags = (has_events(model, input) and 1 or 0)
      + (has_events(model, output) and 2 or 0)
      + (op.readonly and 4 or 0) + (op.idempotent and 8 or 0),
  }
end

local function add_errors(model, seen)
  local first = #errors
  for _, name in ipairs(sorted_keys(model.shapes)) do
    local s = model.shapes[name]
    if s.exception then
      if s.error and s.error.code then fail("%s has a code", name) end
      errors[#errors + 1] = shape_of(model, name, seen)
    end
  end
  return first, #errors - first
end

local function add_operations(model, service, seen)
  local rows = {}
  for _, name in ipairs(sorted_keys(model.operations)) do
    rows[#rows + 1] = operation_row(model, model.operations[name], service,
      seen)
  end
  table.sort(rows, function(a, b) return a.key < b.key end)
  local first, index = #operations, {}
  for i, row in ipairs(rows) do
    index[row.full] = first + i - 1
    operations[#operations + 1] = row
  end
  return first, #rows, index
end

local function one(value)        -- a paginator's key: text, or a list of one
  if type(value) == "table" then
    if #value > 1 then fail("a paginator with several keys") end
    value = value[1]
  end
  if value and value:find("[^%w]") then fail("paginator key %s", value) end
  return value
end

local function add_paginators(name, index)
  local file = model_file(name, "paginators-1")
  local extras = model_file(name, "paginators-1.sdk-extras")
  local more = extras and extras.merge and extras.merge.pagination or {}
  local pages = file and file.pagination or {}
  for _, op in ipairs(sorted_keys(pages)) do
    local p = pages[op]
    for key in pairs(more[op] or {}) do p[key] = more[op][key] end
    paginators[#paginators + 1] = {
      input_token = text(one(p.input_token)),
      output_token = text(one(p.output_token)),
      limit_key = text(p.limit_key), result_key = text(one(p.result_key)),
      kept = text(p.non_aggregate_keys
        and table.concat(p.non_aggregate_keys, " ")),
      operation = index[op] or fail("paginator of %s", op),
    }
  end
end

local STATES = { success = 0, failure = 1, retry = 2 }
local MATCHERS = { path = 0, pathAll = 1, pathAny = 2, status = 3, error = 4 }

local function add_waiters(name, index)
  local file = model_file(name, "waiters-2")
  local all = file and file.waiters or {}
  for _, waiter in ipairs(sorted_keys(all)) do
    local w = all[waiter]
    waiters[#waiters + 1] = {
      name = text(snake(waiter)), operation = index[w.operation],
      delay = w.delay, attempts = w.maxAttempts,
      first = #acceptors, acceptors = #w.acceptors,
    }
    for _, a in ipairs(w.acceptors) do
      acceptors[#acceptors + 1] = {
        argument = text(a.argument), expected = text(tostring(a.expected)),
        state = STATES[a.state], matcher = MATCHERS[a.matcher],
      }
    end
  end
end

local function bears(meta)
  for _, scheme in ipairs(meta.auth or {}) do
    if scheme == "smithy.api#httpBearerAuth" then return true end
  end
  return false
end

local function add_service(number, name)
  local model = model_file(name, "service-2") or fail("no model of %s", name)
  local meta, seen = model.metadata, {}
  if meta.endpointPrefix ~= name then fail("%s: endpoint prefix", name) end
  if meta.protocol ~= "rest-json" and meta.protocol ~= "json" then
    fail("%s: protocol %s", name, meta.protocol)
  end
  local first, count, index = add_operations(model, number, seen)
  local first_error, error_count = add_errors(model, seen)
  services[#services + 1] = {
    name = text(name), signing_name = text(meta.signingName or name),
    target_prefix = text(meta.targetPrefix),
    api_version = text(meta.apiVersion),
    id = text((meta.serviceId:gsub(" ", "_"))),
    first_operation = first, operations = count,
    first_error = first_error, errors = error_count,
    flags = (meta.protocol == "json" and 1 or 0) + (bears(meta) and 2 or 0)
      + (MILLISECONDS[name] and 4 or 0) + (PATIENT[name] and 8 or 0),
  }
  add_paginators(name, index)
  add_waiters(name, index)
end

---------------------------------------------------------------------------
-- Partitions: the region rule of each is PREFIX-WORD-DIGITS
---------------------------------------------------------------------------
local partitions = {}

local function prefixes(regex)
  local head = regex:match("^%^(.*)\\%-\\w%+\\%-\\d%+%$$")
    or fail("region rule %s", regex)
  head = head:gsub("\\%-", "-")
  local fixed, choice = head:match("^(.-)%(([%w|]+)%)$")
  if not choice then return head end
  local out = {}
  for p in choice:gmatch("%w+") do out[#out + 1] = fixed .. p end
  return table.concat(out, " ")
end

local function follows_rule(region, list)
  for p in list:gmatch("%S+") do
    local rest = region:sub(1, #p + 1) == p .. "-" and region:sub(#p + 2)
    if rest and rest:match("^[%w_]+%-%d+$") then return true end
  end
  return false
end

local function add_partitions()
  local pipe = assert(io.open(data_dir .. "/partitions.json"))
  local all = json.decode(pipe:read("a"))
  pipe:close()
  for _, p in ipairs(all.partitions) do
    local list, odd = prefixes(p.regionRegex), {}
    for _, region in ipairs(sorted_keys(p.regions)) do
      if not follows_rule(region, list) then odd[#odd + 1] = region end
    end
    partitions[#partitions + 1] = {
      id = text(p.id), suffix = text(p.outputs.dnsSuffix),
      dualstack_suffix = text(p.outputs.dualStackDnsSuffix),
      prefixes = text(list), regions = text(table.concat(odd, " ")),
      flags = (p.outputs.supportsFIPS and 1 or 0)
        + (p.outputs.supportsDualStack and 2 or 0),
    }
  end
end

---------------------------------------------------------------------------
-- Writing
---------------------------------------------------------------------------
local function put(...) io.write(string.format(...)) end

local function put_rows(kind, name, rows, fields)
  put("\nconst %s %s[] = {\n", kind, name)
  for _, row in ipairs(rows) do
    local values = {}
    for i, field in ipairs(fields) do
      values[i] = string.format("%d", row and row[field] or 0)
    end
    put("{%s},\n", table.concat(values, ","))
  end
  put("};\n")
end

local function put_list(kind, name, values, form)
  put("\nconst %s %s[] = {\n", kind, name)
  for _, v in ipairs(values) do put(form .. ",\n", v) end
  put("};\n")
end

local function put_pool()
  put("\nconst char br_pool[] =\n")
  for _, s in ipairs(pool) do
    if s:find('[^%w%p ]') or s:find('["\\]') then fail("text %q", s) end
    put('"%s\\0"\n', s)
  end
  put(";\n")
end

for number, name in ipairs(SERVICES) do add_service(number - 1, name) end
add_partitions()

put("/*\n** tables.c: the model of the services.\n")
put("** Generated by tools/gentables.lua from botocore %s;\n", version)
put("** do not edit: change the generator and run `make model`.\n*/\n")
put('#include "core/shape.h"\n')
put('\nconst char br_models_version[] = "botocore %s";\n', version)
put("\nconst br_counts br_count = {%d,%d,%d,%d,%d,%d,%d,%d};\n", #services,
  #operations, #shapes, #members, #errors, #paginators, #waiters,
  #partitions)
put_rows("br_service", "br_services", services, { "name", "signing_name",
  "target_prefix", "api_version", "id", "first_operation", "operations",
  "first_error", "errors", "flags", "spare" })
put_rows("br_operation", "br_operations", operations, { "name", "lua_name",
  "uri", "input", "output", "service", "method", "flags", "spare" })
put_rows("br_shape", "br_shapes", shapes, { "name", "first", "count",
  "status", "minimum", "flags", "type", "spare" })
put_rows("br_member", "br_members", members, { "name", "wire", "shape",
  "place", "flags" })
put_list("uint16_t", "br_errors", errors, "%d")
put_list("double", "br_minimums", minimums, "%.17g")
put_rows("br_paginator", "br_paginators", paginators, { "input_token",
  "output_token", "limit_key", "result_key", "kept", "operation", "spare" })
put_rows("br_waiter", "br_waiters", waiters, { "name", "operation", "delay",
  "attempts", "first", "acceptors", "spare" })
put_rows("br_acceptor", "br_acceptors", acceptors, { "argument", "expected",
  "state", "matcher", "spare" })
put_rows("br_partition", "br_partitions", partitions, { "id", "suffix",
  "dualstack_suffix", "prefixes", "regions", "flags", "spare" })
put_pool()
