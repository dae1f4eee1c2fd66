-- Small conversions that several files need: hex, percent-encoding, random
-- names, and times. Times are whole seconds since the epoch, always UTC.
local rand = require "openssl.rand"

local text = {}

function text.hex(bytes)
  return (bytes:gsub(".", function(c) return ("%02x"):format(c:byte()) end))
end

-- Encodes all but A-Z a-z 0-9 - . _ ~ and the characters in `keep`, which is
-- spliced into a character class.
function text.percent_encode(s, keep)
  local class = "[^%w%-%._~" .. (keep or "") .. "]"
  return (s:gsub(class, function(c) return ("%%%02X"):format(c:byte()) end))
end

-- A "%" without two hex digits after it stays as it is: the caller compares
-- or looks up the result, and such a text then simply matches nothing.
function text.percent_decode(s)
  return (s:gsub("%%(%x%x)", function(h)
    return string.char(tonumber(h, 16))
  end))
end

-- A version 4 uuid, as the services use for request ids.
function text.uuid()
  local b = { rand.bytes(16):byte(1, 16) }
  b[7] = b[7] & 0x0f | 0x40
  b[9] = b[9] & 0x3f | 0x80
  local h = text.hex(string.char(table.unpack(b)))
  return table.concat({ h:sub(1, 8), h:sub(9, 12), h:sub(13, 16),
    h:sub(17, 20), h:sub(21) }, "-")
end

-- n random characters of a-z and 0-9: the last part of a model's ARN.
function text.random_name(n)
  local alphabet = "abcdefghijklmnopqrstuvwxyz0123456789"
  return (rand.bytes(n):gsub(".", function(c)
    local i = c:byte() % #alphabet + 1
    return alphabet:sub(i, i)
  end))
end

function text.iso_time(seconds)
  return os.date("!%Y-%m-%dT%H:%M:%SZ", seconds)
end

function text.basic_time(seconds)
  return os.date("!%Y%m%dT%H%M%SZ", seconds)
end

function text.http_time(seconds)
  return os.date("!%a, %d %b %Y %H:%M:%S GMT", seconds)
end

-- Days since the epoch of a civil date; os.time would think in local time.
local function days(y, m, d)
  if m <= 2 then y = y - 1 end
  local era = y // 400
  local yoe = y - era * 400
  local doy = (153 * ((m + 9) % 12) + 2) // 5 + d - 1
  return era * 146097 + yoe * 365 + yoe // 4 - yoe // 100 + doy - 719468
end

local function utc(...)
  local y, mo, d, h, mi, s = ...
  for i = 1, 6 do
    if not select(i, ...) then return nil end
  end
  y, mo, d = tonumber(y), tonumber(mo), tonumber(d)
  h, mi, s = tonumber(h), tonumber(mi), tonumber(s)
  if mo < 1 or mo > 12 or d < 1 or d > 31 then return nil end
  if h > 23 or mi > 59 or s > 60 then return nil end
  return days(y, mo, d) * 86400 + h * 3600 + mi * 60 + s
end

-- X-Amz-Date -> seconds | nil
function text.parse_basic_time(s)
  return utc(s:match "^(%d%d%d%d)(%d%d)(%d%d)T(%d%d)(%d%d)(%d%d)Z$")
end

-- An ISO 8601 time with Z or an offset -> seconds (with fraction) | nil
function text.parse_iso_time(s)
  local date, fraction, zone = s:match
    "^(%d+%-%d+%-%d+T%d+:%d+:%d+)(%.?%d*)([Zz+-].*)$"
  if not date then return nil end
  local at = utc(date:match
    "^(%d%d%d%d)%-(%d%d)%-(%d%d)T(%d%d):(%d%d):(%d%d)$")
  if not at or fraction == "." then return nil end
  if fraction ~= "" then at = at + tonumber("0" .. fraction) end
  if zone:upper() == "Z" then return at end
  local sign, h, m = zone:match "^([+-])(%d%d):(%d%d)$"
  if not sign then return nil end
  local offset = h * 3600 + m * 60
  return sign == "+" and at - offset or at + offset
end

return text
