-- core/tables.c: what the generator gives for the pinned models, no more
-- and no less; and sound in itself.
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

local source = read "core/tables.c"

-- The rows of a table of the C file: lists of numbers, from 0 as in C.
local function rows(name)
  local body = assert(source:match("\nconst [%w_]+ " .. name
    .. "%[%] = {\n(.-)\n};"), name)
  local list, n = {}, 0
  for line in body:gmatch "[^\n]+" do
    local row = {}
    for v in line:gmatch "[^{},]+" do row[#row + 1] = tonumber(v) end
    list[n] = row
    n = n + 1
  end
  return list, n
end

-- The pool: its bytes, and the text at an offset.
local pool = {}
for line in source:match "const char br_pool%[%] =\n(.*);":gmatch '"(.-)"\n'
do
  pool[#pool + 1] = (line:gsub("\\(.)", function(c)
    return c == "0" and "\0" or c
  end))
end
pool = table.concat(pool)

local function text(at)
  assert.truthy(at < #pool and (at == 0 or pool:byte(at) == 0), at)
  return pool:match("^[^%z]*", at + 1)
end

local STRUCTURE, LIST, MAP, LAST_TYPE = 1, 2, 3, 12
local UNION, ERROR = 1, 16
local URI, QUERY, HEADER, STATUS, PAYLOAD = 1, 2, 3, 4, 5

local function has(flags, flag) return flags % (2 * flag) >= flag end

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
    assert.is_true(fresh == source,
      "core/tables.c is not up to date: run `make model`")
  end)

  it("hold no sentence of the models' documentation", function()
    assert.falsy(source:find "<p>")
    assert.falsy(source:find "</")
    for line in source:gmatch '"([^"\n]*)\\0"' do
      local words = select(2, line:gsub("%S+", ""))
      assert.truthy(words < 40 and not line:find "%. %u", line)
    end
  end)

  it("name their generator and the models' version", function()
    assert.truthy(source:find("tools/gentables.lua from "
      .. bedrock._MODELS, 1, true))
    assert.truthy(source:find('br_models_version[] = "' .. bedrock._MODELS
      .. '"', 1, true))
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

describe("the rows", function()
  local services, n_services = rows "br_services"
  local operations, n_operations = rows "br_operations"
  local shapes, n_shapes = rows "br_shapes"
  local members, n_members = rows "br_members"
  local errors, n_errors = rows "br_errors"
  local minimums, n_minimums = rows "br_minimums"
  local paginators, n_paginators = rows "br_paginators"
  local waiters, n_waiters = rows "br_waiters"
  local acceptors, n_acceptors = rows "br_acceptors"
  local partitions, n_partitions = rows "br_partitions"

  local function sorted(list, from, n, column, what)
    for i = from + 1, from + n - 1 do
      assert.truthy(text(list[i - 1][column]) < text(list[i][column]),
        what .. " " .. text(list[i][column]))
    end
  end

  it("are as many as the counts say", function()
    local counts = {}
    for v in source:match "br_count = {(.-)}":gmatch "%d+" do
      counts[#counts + 1] = tonumber(v)
    end
    assert.same(counts, { n_services, n_operations, n_shapes, n_members,
      n_errors, n_paginators, n_waiters, n_partitions })
  end)

  it("of services share the operations and errors out, sorted", function()
    sorted(services, 0, n_services, 1, "service")
    local operation, err = 0, 0
    for i = 0, n_services - 1 do
      local s = services[i]
      assert.equal(operation, s[6])
      assert.equal(err, s[8])
      sorted(operations, s[6], s[7], 2, "operation")
      for o = s[6], s[6] + s[7] - 1 do assert.equal(i, operations[o][6]) end
      for e = s[8] + 1, s[8] + s[9] - 1 do
        assert.truthy(text(shapes[errors[e - 1][1]][1])
          < text(shapes[errors[e][1]][1]))
      end
      operation, err = operation + s[7], err + s[9]
    end
    assert.same({ n_operations, n_errors }, { operation, err })
  end)

  it("of shapes point to what there is", function()
    for i = 1, n_shapes - 1 do
      local name, first, count, _, minimum, flags, type =
        (table.unpack or unpack)(shapes[i])
      assert.truthy(type >= 1 and type <= LAST_TYPE, i)
      assert.truthy(minimum < n_minimums, i)
      if type == STRUCTURE then
        assert.truthy(first + count <= n_members, i)
        assert.truthy(count <= 64, text(name))  -- br_seen has 64 bits
        sorted(members, first, count, 1, text(name))
      elseif type == LIST or type == MAP then
        assert.truthy(first > 0 and first < n_shapes, i)
        assert.truthy(type == LIST or shapes[count][7] == 4, i)
      end
      assert.truthy(not has(flags, UNION) or type == STRUCTURE, i)
    end
    assert.equal(0, minimums[0][1])
  end)

  -- br_find_member looks by the caller's name; answers carry wire names.
  it("of members in a body have one name for both sides", function()
    for i = 0, n_members - 1 do
      local name, wire, shape, place, flags =
        (table.unpack or unpack)(members[i])
      assert.truthy(#text(name) > 0 and #text(wire) > 0, i)
      assert.truthy(shape > 0 and shape < n_shapes, i)
      assert.truthy(place <= PAYLOAD and flags <= 3, i)
      if place == 0 then assert.equal(name, wire, text(name)) end
    end
  end)

  it("of operations bind each label of their URI once", function()
    for i = 0, n_operations - 1 do
      local o = operations[i]
      local name, uri = text(o[1]), text(o[3])
      assert.equal(STRUCTURE, shapes[o[4]][7], name)
      assert.equal(STRUCTURE, shapes[o[5]][7], name)
      assert.truthy(uri:sub(1, 1) == "/" and not uri:find "[?#+]", uri)
      assert.equal(text(o[2]), (text(o[2]):match "^[a-z][a-z0-9_]*$"))
      local labels, bound, payloads = {}, 0, 0
      for label in uri:gmatch "{(.-)}" do
        assert.is_nil(labels[label], uri)
        labels[label] = true
      end
      local s = shapes[o[4]]
      for m = s[2], s[2] + s[3] - 1 do
        local _, wire, shape, place, flags =
          (table.unpack or unpack)(members[m])
        if place == URI then
          bound = bound + 1
          assert.is_true(labels[text(wire)], uri)
          assert.truthy(has(flags, 1), uri)      -- required
          assert.equal(4, shapes[shape][7])      -- a string
        elseif place == PAYLOAD then
          payloads = payloads + 1
        elseif place == HEADER then
          assert.truthy(not text(wire):find "[^%w-]", text(wire))
        end
        assert.not_equal(STATUS, place)
      end
      for _ in pairs(labels) do bound = bound - 1 end
      assert.same({ 0, true }, { bound, payloads <= 1 }, name)
      local out = shapes[o[5]]
      for m = out[2], out[2] + out[3] - 1 do
        assert.truthy(members[m][4] ~= URI and members[m][4] ~= QUERY, name)
      end
    end
  end)

  it("of errors are structures and say so", function()
    for i = 0, n_errors - 1 do
      local s = shapes[errors[i][1]]
      assert.equal(STRUCTURE, s[7])
      assert.truthy(has(s[6], ERROR) and #text(s[1]) > 0)
      assert.truthy(s[4] == 0 or s[4] >= 400 and s[4] < 600, s[4])
    end
  end)

  it("of shapes and members are all reached from an operation or an error",
    function()
      local seen, used, todo = { [0] = true }, 0, {}
      local function visit(i)
        if not seen[i] then
          seen[i] = true
          todo[#todo + 1] = i
        end
      end
      for i = 0, n_operations - 1 do
        visit(operations[i][4])
        visit(operations[i][5])
      end
      for i = 0, n_errors - 1 do visit(errors[i][1]) end
      local counted = {}
      while #todo > 0 do
        local s = shapes[table.remove(todo)]
        if s[7] == STRUCTURE then
          for m = s[2], s[2] + s[3] - 1 do
            if not counted[m] then
              counted[m] = true
              used = used + 1
            end
            visit(members[m][3])
          end
        elseif s[7] == LIST then
          visit(s[2])
        elseif s[7] == MAP then
          visit(s[2])
          visit(s[3])
        end
      end
      for i = 0, n_shapes - 1 do assert.is_true(seen[i], i) end
      assert.equal(n_members, used)
    end)

  it("of paginators, waiters and partitions point to what there is",
    function()
      for i = 0, n_paginators - 1 do
        local p = paginators[i]
        assert.truthy(p[6] < n_operations)
        for column = 1, 5 do text(p[column]) end
        assert.truthy(#text(p[1]) > 0 and #text(p[2]) > 0)
      end
      local next_acceptor = 0
      for i = 0, n_waiters - 1 do
        local w = waiters[i]
        assert.truthy(#text(w[1]) > 0 and w[2] < n_operations)
        assert.truthy(w[3] > 0 and w[4] > 0 and w[6] > 0)
        assert.equal(next_acceptor, w[5])
        next_acceptor = w[5] + w[6]
      end
      assert.equal(n_acceptors, next_acceptor)
      for i = 0, n_acceptors - 1 do
        text(acceptors[i][1])
        text(acceptors[i][2])
        assert.truthy(acceptors[i][3] <= 2 and acceptors[i][4] <= 4)
      end
      for i = 0, n_partitions - 1 do
        for column = 1, 5 do text(partitions[i][column]) end
      end
    end)
end)
