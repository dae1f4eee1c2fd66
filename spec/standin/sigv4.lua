-- Checks Signature Version 4 in the Authorization header.
--
--   AWS4-HMAC-SHA256 Credential=KEY/DATE/REGION/SERVICE/aws4_request,
--     SignedHeaders=a;b;c, Signature=HEX
--
-- What was signed is built again from the request as it came over the wire.
local digest = require "openssl.digest"
local hmac = require "openssl.hmac"
local errors = require "standin.errors"
local text = require "standin.text"

local sigv4 = {}

local MAX_SKEW = 15 * 60

local MISMATCH = [[
The request signature we calculated does not match the signature you provided.
 Check your AWS Secret Access Key and signing method. Consult the service
 documentation for details.

The Canonical String for this request should have been
'%s'

The String-to-Sign should have been
'%s'
]]

local function sha256(s)
  return text.hex(digest.new("sha256"):final(s))
end

local function mac(key, s)
  return hmac.new(key, "sha256"):final(s)
end

-- Dot segments go, "//" becomes "/"; then the wire form is encoded once more.
local function canonical_path(path)
  local kept = {}
  for segment in path:gmatch "[^/]+" do
    if segment == ".." then
      kept[#kept] = nil
    elseif segment ~= "." then
      kept[#kept + 1] = segment
    end
  end
  local joined = "/" .. table.concat(kept, "/")
  if #kept > 0 and path:match "/%.?%.?$" then joined = joined .. "/" end
  return text.percent_encode(joined, "/")
end

local function canonical_query(query)
  local pairs_ = {}
  for part in query:gmatch "[^&]+" do
    local k, v = part:match "^([^=]*)=?(.*)$"
    pairs_[#pairs_ + 1] = {
      text.percent_encode(text.percent_decode(k)),
      text.percent_encode(text.percent_decode(v)),
    }
  end
  table.sort(pairs_, function(a, b)
    if a[1] ~= b[1] then return a[1] < b[1] end
    return a[2] < b[2]
  end)
  for i, p in ipairs(pairs_) do pairs_[i] = p[1] .. "=" .. p[2] end
  return table.concat(pairs_, "&")
end

local function canonical_headers(request, names)
  local lines = {}
  for i, name in ipairs(names) do
    local values = {}
    for _, header in ipairs(request.header_list) do
      if header[1] == name then
        local trimmed = header[2]:match "^%s*(.-)%s*$"
        values[#values + 1] = trimmed:gsub("%s+", " ")
      end
    end
    lines[i] = name .. ":" .. table.concat(values, ",") .. "\n"
  end
  return table.concat(lines)
end

-- Authorization -> table | nil
local function parse(authorization)
  local rest = authorization:match "^AWS4%-HMAC%-SHA256%s+(.+)$"
  if not rest then return nil end
  local fields = {}
  for name, value in rest:gmatch "(%a+)=([^,%s]+)" do fields[name] = value end
  local key, date, region, service = (fields.Credential or ""):match
    "^([^/]+)/(%d%d%d%d%d%d%d%d)/([^/]+)/([^/]+)/aws4_request$"
  if not key or not fields.SignedHeaders or not fields.Signature then
    return nil
  end
  local names = {}
  for name in fields.SignedHeaders:gmatch "[^;]+" do
    names[#names + 1] = name
  end
  return { key = key, date = date, region = region, service = service,
    names = names, signed = fields.SignedHeaders,
    signature = fields.Signature }
end

local function invalid(message, ...)
  return nil, errors.new("InvalidSignatureException", message:format(...))
end

-- The checks below look at one thing each: true | nil, failure.
local function check_scope(auth, service)
  local r = auth.region
  if not r:match "^%l%l%l?%l?%-[%l%-]+%-%d+$" then
    return invalid "Credential should be scoped to a valid region."
  end
  if auth.service ~= service then
    return invalid(
      "Credential should be scoped to correct service: '%s'.", service)
  end
  return true
end

local function check_date(auth, stamp, now)
  local at = stamp and text.parse_basic_time(stamp)
  if not at then
    return nil, errors.new("IncompleteSignatureException",
      "Authorization header requires existence of either a 'X-Amz-Date'"
      .. " or a 'Date' header.")
  end
  if stamp:sub(1, 8) ~= auth.date then
    return invalid("Date in Credential scope does not match YYYYMMDD from"
      .. " ISO-8601 version of date from HTTP: '%s' != '%s'.",
      auth.date, stamp:sub(1, 8))
  end
  if at < now - MAX_SKEW then
    return invalid("Signature expired: %s is now earlier than %s"
      .. " (%s - 15 min.)", stamp, text.basic_time(now - MAX_SKEW),
      text.basic_time(now))
  end
  if at > now + MAX_SKEW then
    return invalid("Signature not yet current: %s is still later than %s"
      .. " (%s + 15 min.)", stamp, text.basic_time(now + MAX_SKEW),
      text.basic_time(now))
  end
  return true
end

-- host and every x-amz-* header must be covered, the names lower-case and in
-- order: a header left out could be changed on the way.
local function check_names(auth, request)
  local signed, last = {}, ""
  for _, name in ipairs(auth.names) do
    if name ~= name:lower() or name <= last then
      return invalid("'SignedHeaders' must be lower-case and sorted: '%s'",
        auth.signed)
    end
    if not request.headers[name] then
      return invalid("'%s' in 'SignedHeaders' is not in the request", name)
    end
    signed[name], last = true, name
  end
  for name in pairs(request.headers) do
    if (name == "host" or name:match "^x%-amz%-") and not signed[name] then
      return invalid("'%s' must be a 'SignedHeader' in the AWS Authorization",
        name)
    end
  end
  return true
end

local function check_keys(auth, request, keys)
  if auth.key ~= keys.access_key
    or request.headers["x-amz-security-token"] ~= keys.session_token then
    return nil, errors.new("UnrecognizedClientException",
      "The security token included in the request is invalid.")
  end
  return true
end

local function check_signature(auth, request, secret)
  local hash = sha256(request.body)
  local claimed = request.headers["x-amz-content-sha256"]
  if claimed and claimed ~= hash then
    return invalid("The value of 'X-Amz-Content-SHA256' is not the hash of"
      .. " the body: %s", hash)
  end
  local canonical = table.concat({ request.method,
    canonical_path(request.path), canonical_query(request.query),
    canonical_headers(request, auth.names), auth.signed, hash }, "\n")
  local scope = table.concat(
    { auth.date, auth.region, auth.service, "aws4_request" }, "/")
  local to_sign = table.concat({ "AWS4-HMAC-SHA256",
    request.headers["x-amz-date"], scope, sha256(canonical) }, "\n")
  local key = "AWS4" .. secret
  for part in scope:gmatch "[^/]+" do key = mac(key, part) end
  if text.hex(mac(key, to_sign)) ~= auth.signature then
    local shown = canonical:gsub("(x%-amz%-security%-token:)[^\n]*",
      "%1(the token)")
    return invalid(MISMATCH:gsub("\n ", " "), shown, to_sign)
  end
  return true
end

-- verify(request, keys, service, now) -> region | nil, failure
-- keys: access_key, secret_key, session_token (nil: none may be sent).
function sigv4.verify(request, keys, service, now)
  local authorization = request.headers.authorization
  if not authorization or not authorization:match "^AWS4" then
    return nil, errors.new("MissingAuthenticationTokenException",
      "Missing Authentication Token")
  end
  local auth = parse(authorization)
  if not auth then
    return nil, errors.new("IncompleteSignatureException",
      "Authorization header requires 'Credential', 'SignedHeaders' and"
      .. " 'Signature' parameters.")
  end
  local ok, failure = check_keys(auth, request, keys)
  if ok then ok, failure = check_scope(auth, service or auth.service) end
  if ok then
    ok, failure = check_date(auth, request.headers["x-amz-date"], now)
  end
  if ok then ok, failure = check_names(auth, request) end
  if ok then
    ok, failure = check_signature(auth, request, keys.secret_key)
  end
  if not ok then return nil, failure end
  return auth.region
end

return sigv4
