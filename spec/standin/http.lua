-- HTTP/1.1 on a cqueues socket: requests in, answers out. Connections are
-- kept; bodies may be counted or chunked. Whatever arrives, nothing raises.
local text = require "standin.text"

local http = {}

local LINE_MAX = 64 * 1024
local HEADERS_MAX = 200
local BODY_MAX = 256 * 1024 * 1024
local PIECE = 4096

local REASON = {
  [100] = "Continue", [200] = "OK", [202] = "Accepted",
  [204] = "No Content", [301] = "Moved Permanently", [302] = "Found",
  [307] = "Temporary Redirect", [308] = "Permanent Redirect",
  [400] = "Bad Request", [401] = "Unauthorized", [403] = "Forbidden",
  [404] = "Not Found", [413] = "Content Too Large",
  [429] = "Too Many Requests", [500] = "Internal Server Error",
  [502] = "Bad Gateway", [503] = "Service Unavailable",
  [504] = "Gateway Timeout",
}

local Connection = {}
Connection.__index = Connection

-- The connection owns the socket. Errors of the socket become return values.
function http.connection(socket)
  socket:setmode("bn", "bn")
  socket:onerror(function(_, _, code) return code end)
  return setmetatable({ socket = socket, buffer = "" }, Connection)
end

-- true, or false when the peer is gone
function Connection:write(bytes)
  return self.socket:xwrite(bytes) ~= nil
end

-- Takes more bytes into the buffer; false at the end of the stream.
function Connection:fill()
  local piece = self.socket:xread(-PIECE)
  if not piece or piece == "" then return false end
  self.buffer = self.buffer .. piece
  return true
end

-- Like fill, but leaves all but about 64 bytes of a new request in the
-- kernel, by filling up the socket's own 4096 byte buffer beforehand. The
-- kernel answers a close with bytes unread by a reset, and nothing else in
-- cqueues makes one. (TLS records are always read whole: no reset there.)
local PADDING = (" "):rep(PIECE - 64)
function Connection:sip()
  self.socket:unget(PADDING)
  local piece = self.socket:xread(#PADDING + 1)
  if not piece or #piece <= #PADDING then return false end
  self.buffer = self.buffer .. piece:sub(#PADDING + 1)
  return true
end

-- line | nil, "closed" or a reason
function Connection:line(fill)
  fill = fill or self.fill
  local from = 1
  while true do
    local at = self.buffer:find("\n", from, true)
    if at then
      local line = self.buffer:sub(1, at - 1)
      self.buffer = self.buffer:sub(at + 1)
      return (line:gsub("\r$", ""))
    end
    if #self.buffer > LINE_MAX then return nil, "a line is too long" end
    from = #self.buffer + 1
    if not fill(self) then return nil, "closed" end
  end
end

-- n bytes | nil when the stream ended before
function Connection:bytes(n)
  local pieces, have = { self.buffer }, #self.buffer
  self.buffer = ""
  while have < n do
    local piece = self.socket:xread(-PIECE)
    if not piece or piece == "" then return nil end
    pieces[#pieces + 1] = piece
    have = have + #piece
  end
  local all = table.concat(pieces)
  self.buffer = all:sub(n + 1)
  return all:sub(1, n)
end

-- Reads until the peer closes. With `seconds`, no longer than that.
function Connection:drain(seconds)
  self.buffer = ""
  if seconds then self.socket:settimeout(seconds) end
  repeat
    local piece = self.socket:xread(-PIECE)
  until not piece or piece == ""
end

function Connection:close()
  self.socket:close()
end

-- method, target | nil, "closed" or a reason
function http.request_line(connection)
  local line, why
  repeat
    line, why = connection:line(connection.sip)
  until line ~= ""
  if not line then return nil, why end
  local method, target, minor = line:match
    "^(%u+) (/[!-~]*) HTTP/1%.([01])$"
  if not method then return nil, "the request line is not HTTP/1.1" end
  return method, target, minor
end

local function read_headers(connection)
  local list, by_name = {}, {}
  while true do
    local line, why = connection:line()
    if not line then return nil, why end
    if line == "" then return list, by_name end
    local name, value = line:match "^([!#-'*+%-.0-9A-Z^-z|~]+):%s*(.-)%s*$"
    if not name then return nil, "a header is malformed" end
    if #list == HEADERS_MAX then return nil, "too many headers" end
    name = name:lower()
    list[#list + 1] = { name, value }
    by_name[name] = by_name[name] and by_name[name] .. "," .. value or value
  end
end

local function read_chunks(connection)
  local pieces, total = {}, 0
  while true do
    local line = connection:line()
    local size = line and tonumber(line:match "^%x+" or "", 16)
    if not size then return nil, "a chunk is malformed" end
    if size == 0 then break end
    total = total + size
    if size < 0 or total > BODY_MAX then
      return nil, "the body is too large"
    end
    local piece = connection:bytes(size)
    if not piece or connection:line() ~= "" then
      return nil, "a chunk is malformed"
    end
    pieces[#pieces + 1] = piece
  end
  repeat
    local trailer = connection:line()
    if not trailer then return nil, "closed" end
  until trailer == ""
  return table.concat(pieces)
end

local function read_body(connection, headers)
  local coding, length = headers["transfer-encoding"],
    headers["content-length"]
  if coding and (coding:lower() ~= "chunked" or length) then
    return nil, "the length of the body is ambiguous"
  end
  if length and not length:match "^%d+$" then
    return nil, "Content-Length is malformed"
  end
  local size = tonumber(length or 0)
  if size > BODY_MAX then return nil, "the body is too large" end
  if headers.expect and headers.expect:lower() == "100-continue" then
    connection:write "HTTP/1.1 100 Continue\r\n\r\n"
  end
  if coding then return read_chunks(connection) end
  local body = connection:bytes(size)
  if not body then return nil, "closed" end
  return body
end

-- Reads the rest of a request whose first line was `method target`.
-- -> { method, target, path, query, headers, header_list, body, keep }
--  | nil, "closed" or a reason
function http.request(connection, method, target, minor)
  local list, headers = read_headers(connection)
  if not list then return nil, headers end
  if minor == "1" and not headers.host then
    return nil, "the Host header is missing"
  end
  local body, why = read_body(connection, headers)
  if not body then return nil, why end
  local path, query = target:match "^([^?]*)%??(.*)$"
  local wish = (headers.connection or ""):lower()
  return {
    method = method, target = target, path = path, query = query,
    headers = headers, header_list = list, body = body,
    keep = minor == "1" and not wish:find("close", 1, true),
  }
end

-- The head of an answer as text. `framing` says how the body ends: a number
-- of bytes, "chunked", or nil for "when the connection closes".
function http.head(answer, framing, now, version)
  local lines = {
    ("HTTP/%s %d %s"):format(version or "1.1", answer.status,
      REASON[answer.status] or "Status " .. answer.status),
    "Date: " .. text.http_time(now),
    "Content-Type: " .. (answer.content_type or "application/json"),
    "x-amzn-RequestId: " .. text.uuid(),
  }
  for _, header in ipairs(answer.headers or {}) do
    lines[#lines + 1] = header[1] .. ": " .. header[2]
  end
  if framing == "chunked" then
    lines[#lines + 1] = "Transfer-Encoding: chunked"
  elseif framing then
    lines[#lines + 1] = "Content-Length: " .. framing
  end
  if answer.close or not framing then
    lines[#lines + 1] = "Connection: close"
  end
  return table.concat(lines, "\r\n") .. "\r\n\r\n"
end

return http
