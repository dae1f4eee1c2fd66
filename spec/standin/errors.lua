-- The services' errors: which status belongs to which code, and what the
-- answer looks like on the wire.
local json = require "standin.json"

local errors = {}

local STATUS = {
  AccessDeniedException = 403,
  ConflictException = 400,
  IncompleteSignatureException = 403,
  InternalServerException = 500,
  InvalidSignatureException = 403,
  MissingAuthenticationTokenException = 403,
  RequestEntityTooLargeException = 413,
  ResourceNotFoundException = 404,
  SerializationException = 400,
  ServiceUnavailableException = 503,
  ThrottlingException = 429,
  TooManyTagsException = 400,
  UnknownFault = 400,
  UnknownOperationException = 404,
  UnrecognizedClientException = 403,
  ValidationException = 400,
}

-- What status=NNN alone means, for the codes that Bedrock models.
local CODE = {
  [400] = "ValidationException", [403] = "AccessDeniedException",
  [404] = "ResourceNotFoundException", [429] = "ThrottlingException",
  [500] = "InternalServerException",
  [503] = "ServiceUnavailableException",
}

-- Some services append a URI to the code; a client must cut it off.
local SUFFIX = {
  ValidationException =
    ":http://internal.amazon.com/coral/com.amazon.bedrock/",
  InvalidSignatureException =
    ":http://internal.amazon.com/coral/com.amazon.coral.service/",
}

-- A failure is what an operation returns beside nil. `fields` are further
-- members of the body.
function errors.new(code, message, fields)
  return { code = code, message = message, fields = fields }
end

-- failure -> answer. A failure without a code gives none, as a proxy would.
function errors.answer(failure, status)
  local body = { message = failure.message }
  for k, v in pairs(failure.fields or {}) do body[k] = v end
  local headers = {}
  if failure.code then
    headers[1] = { "x-amzn-ErrorType",
      failure.code .. (SUFFIX[failure.code] or "") }
  end
  return {
    status = status or STATUS[failure.code] or 400,
    headers = headers,
    body = json.encode(body),
  }
end

-- The answer for a bare status, as a fault asks for it.
function errors.of_status(status, code, message)
  return errors.answer({
    code = code or CODE[status],
    message = message or "The service was told to fail with " .. status,
  }, status)
end

return errors
