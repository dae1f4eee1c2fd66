-- Runs a file of cases against the module and writes down what came back, in
-- a form where nothing is ambiguous: strings in hex, integers apart from
-- floats, null apart from absent.
-- Arguments: folder of bedrock.so, cases, output, file for announcements.
local folder, cases, output, announcements = ...
package.cpath = folder .. "/?.so"
local bedrock = require "bedrock"

local out = assert(io.open(output, "wb"))
local hex = {}
for i = 0, 255 do hex[string.char(i)] = ("%02x"):format(i) end

local array_mt = getmetatable(bedrock.array {})
local object_mt = getmetatable(bedrock.object {})

local function number(v)
  if math.type and math.type(v) == "integer" then return ("I%d"):format(v) end
  if v ~= v then return "Dnan" end
  if v == 1 / 0 then return "Dinf" end
  if v == -1 / 0 then return "D-inf" end
  return ("D%.17g"):format(v)
end

local dump

local function dump_table(v, to)
  local mt = getmetatable(v)
  to[#to + 1] = mt and mt == array_mt and "["
    or mt and mt == object_mt and "(" or "{"
  for k, x in pairs(v) do
    dump(k, to)
    dump(x, to)
  end
  to[#to + 1] = "}"
end

-- Anything else than data: its type, and all it has to read, if it can.
local function dump_object(v, to)
  local ok, text = pcall(function() return v:read("*a") end)
  to[#to + 1] = "U" .. type(v):gsub(".", hex)
  dump(ok and text or nil, to)
end

local function is_object(v)
  return type(v) ~= "table" or type(rawget(v, "read")) == "function"
end

function dump(v, to)
  local kind = type(v)
  if v == nil then to[#to + 1] = "N"
  elseif v == bedrock.null then to[#to + 1] = "Z"
  elseif kind == "boolean" then to[#to + 1] = v and "T" or "F"
  elseif kind == "number" then to[#to + 1] = number(v)
  elseif kind == "string" then to[#to + 1] = "S" .. v:gsub(".", hex)
  elseif is_object(v) then dump_object(v, to)
  else dump_table(v, to)
  end
end

local function write(id, word, ...)
  local to = {}
  for i = 1, select("#", ...) do dump((select(i, ...)), to) end
  out:write(id, "\t", word, "\t", table.concat(to, " "), "\n")
end

-- The server reads here which case the next request belongs to.
local function announce(id)
  local f = assert(io.open(announcements, "wb"))
  f:write(id)
  f:close()
end

local env = setmetatable({ bedrock = bedrock }, { __index = _G })

-- case(id, f): the values that f returns, or what it raised.
function env.case(id, f)
  local function finish(ok, a, ...)
    if not ok then write(id, "raise", tostring(a))
    elseif a == nil then write(id, "err", ...)
    else write(id, "ok", a, ...) end
  end
  announce(id)
  finish(pcall(f))
end

local clients = {}

-- The client of a config table (one for all cases that share the table),
-- asked first in `service`, if there is one.
function env.client(config, service)
  local client = clients[config]
  if not client then
    local err
    client, err = bedrock.client(config)
    if not client then return nil, err end
    clients[config] = client
  end
  return service and client:service(service) or client
end

write("features", "ok", { integers = math.type ~= nil })

local chunk
if setfenv then
  chunk = setfenv(assert(loadfile(cases)), env)
else
  chunk = assert(loadfile(cases, "t", env))
end
chunk()
out:close()
