-- The rockspec and the Makefile say the same.
local FILE = "bedrock-scm-1.rockspec"

local function read(path)
  local file = assert(io.open(path))
  local text = file:read "*a"
  file:close()
  return text
end

-- The rockspec as a table: a Lua file that sees no globals.
local function load_rockspec()
  local spec = {}
  local chunk
  if setfenv then
    chunk = assert(loadfile(FILE))
    setfenv(chunk, spec)
  else
    chunk = assert(loadfile(FILE, "t", spec))
  end
  chunk()
  return spec
end

-- The variables of the Makefile, lines that go on joined.
local function variables()
  local text, found = read "Makefile":gsub("\\\n", " "), {}
  for name, value in text:gmatch "\n([A-Z_]+)%s*=%s*([^\n]*)" do
    found[name] = value
  end
  return found, text
end

local function files(directory)
  local names = {}
  for name in require "lfs".dir(directory) do
    local stem = name:match "^(.*)%.c$"
    if stem then names[#names + 1] = stem end
  end
  table.sort(names)
  return names
end

local function words(text)
  local list = {}
  for word in text:gmatch "%S+" do list[#list + 1] = word end
  table.sort(list)
  return list
end

describe("the rockspec", function()
  local spec = load_rockspec()
  local vars, makefile = variables()

  it("names what its file name says", function()
    assert.equal(FILE, ("%s-%s.rockspec"):format(spec.package,
      spec.version))
    assert.equal("3.0", spec.rockspec_format)
    assert.equal("string", type(spec.source.url))
    assert.equal("string", type(spec.description.summary))
  end)

  it("has the license of the repository", function()
    assert.equal("Apache-2.0", spec.description.license)
    assert.truthy(read "LICENSE":find("Apache License", 1, true))
    assert.truthy(read "LICENSE":find("Version 2.0", 1, true))
  end)

  it("builds with targets and variables that the Makefile has", function()
    assert.equal("make", spec.build.type)
    for _, target in ipairs { spec.build.build_target,
      spec.build.install_target } do
      assert.truthy(makefile:find("\n" .. target .. ":", 1, true), target)
    end
    for _, set in ipairs { spec.build.build_variables,
      spec.build.install_variables } do
      for name in pairs(set) do
        assert.truthy(vars[name]
          or makefile:find("$(" .. name .. ")", 1, true), name)
      end
    end
    for name, value in pairs(spec.build.build_variables) do
      assert.equal(value, spec.build.install_variables[name])
    end
  end)

  it("allows the versions of Lua that are tested", function()
    assert.same({ "lua >= 5.1, < 5.5" }, spec.dependencies)
  end)
end)

describe("the Makefile", function()
  local vars = variables()

  it("has every source once", function()
    assert.same(files ".", words(vars.FACE))
    assert.same(files "core", words(vars.CORE))
    assert.equal("$(FACE:%=%.c) $(CORE:%=core/%.c)", vars.SOURCES)
  end)
end)
