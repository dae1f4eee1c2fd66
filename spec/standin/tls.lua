-- A certificate for localhost and 127.0.0.1, made at start and trusted by
-- nobody but those who are given its file.
local context = require "openssl.ssl.context"
local pkey = require "openssl.pkey"
local rand = require "openssl.rand"
local bignum = require "openssl.bignum"
local x509 = require "openssl.x509"
local altname = require "openssl.x509.altname"
local extension = require "openssl.x509.extension"
local name = require "openssl.x509.name"

local tls = {}

local DAY = 24 * 60 * 60

local function make_certificate(key)
  local subject = name.new():add("CN", "local Bedrock")
  local names = altname.new():add("DNS", "localhost")
    :add("IP", "127.0.0.1")
  local certificate = x509.new()
  certificate:setVersion(3)
  certificate:setSerial(bignum.fromBinary("\1" .. rand.bytes(15)))
  certificate:setSubject(subject)
  certificate:setIssuer(subject)
  certificate:setLifetime(os.time() - DAY, os.time() + 7 * DAY)
  certificate:setBasicConstraints { CA = true, pathLen = 0 }
  certificate:setBasicConstraintsCritical(true)
  certificate:setSubjectAlt(names)
  certificate:addExtension(extension.new("keyUsage",
    "critical,digitalSignature,keyCertSign"))
  certificate:setPublicKey(key)
  certificate:sign(key)
  return certificate
end

-- -> a server context, the path of the file to trust. The caller removes the
-- file in the end.
function tls.new()
  local key = pkey.new { type = "EC", curve = "prime256v1" }
  local certificate = make_certificate(key)
  local ctx = context.new("TLS", true)
  ctx:setCertificate(certificate)
  ctx:setPrivateKey(key)
  local path = os.tmpname()
  local file = assert(io.open(path, "w"))
  file:write(certificate:tostring "PEM")
  file:close()
  return ctx, path
end

return tls
