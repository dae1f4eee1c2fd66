-- This module's loop: module.lua OPERATION ENDPOINT [IMAGE]
-- Each line of standard input is a number of calls to make; the answer is
-- the CPU seconds that they took.
local operation, endpoint, image = ...
local bedrock = require "bedrock"

local client = bedrock.client{
  region = "us-east-1",
  endpoint = endpoint,
  credentials = { creds = {
    access_key_id = "AKIDEXAMPLE",
    secret_access_key = "not-a-real-secret",
  } },
}

local png
if image then
  local file <close> = assert(io.open(image, "rb"))
  png = file:read "a"
end

local call = {}

function call.create_custom_model()
  local result = assert(client:create_custom_model{
    modelName = "bench-model",
    modelSourceConfig = {
      s3DataSource = { s3Uri = "s3://amzn-s3-demo-bucket/bench/model/" },
    },
    modelKmsKeyArn = "arn:aws:kms:us-east-1:123456789012:"
      .. "key/1234abcd-12ab-34cd-56ef-1234567890ab",
    roleArn = "arn:aws:iam::123456789012:role/BedrockImport",
    modelTags = {
      { key = "team", value = "nlp" },
      { key = "stage", value = "bench" },
    },
    clientRequestToken = "00000000-0000-4000-8000-000000000000",
  })
  return result.modelArn
end

function call.converse()
  local result = assert(client:converse{
    modelId = "amazon.nova-lite-v1:0",
    messages = { { role = "user", content = {
      { image = { format = "png", source = { bytes = png } } },
    } } },
  })
  return result.output.message.content[1].text
end

io.stdout:setvbuf "line"
for n in io.lines() do
  local start = os.clock()
  for _ = 1, tonumber(n) do assert(call[operation]()) end
  print(("%.6f"):format(os.clock() - start))
end
