-- Creates a custom model, watches it become active, lists, and deletes it.
--
--   make demo                                     against the local Bedrock
--   lua5.4 examples/create_custom_model.lua URL   against that endpoint
--   lua5.4 examples/create_custom_model.lua       against AWS, with your keys
--                                                 and region (AWS_REGION)
--
-- For AWS, put your own bucket, key and role below.
local bedrock = require "bedrock"

local endpoint = arg[1] or os.getenv "BEDROCK_ENDPOINT"
local client = bedrock.client {
  endpoint = endpoint,
  region = endpoint and "us-east-1" or nil,
}

-- Prints an error as a user sees it, and ends.
local function stop(err)
  print(err)
  os.exit(1)
end

local name = "my-model-" .. os.time()

print("Creating " .. name)
local created, err = client:create_custom_model {
  modelName = name,
  modelSourceConfig = {
    s3DataSource = { s3Uri = "s3://amzn-s3-demo-bucket/my-model/" },
  },
  modelKmsKeyArn = "arn:aws:kms:us-east-1:123456789012:key/"
    .. "12345678-1234-1234-1234-123456789012",
  roleArn = "arn:aws:iam::123456789012:role/BedrockImport",
  modelTags = {
    { key = "team", value = "nlp" },
    { key = "stage", value = "demo" },
  },
  clientRequestToken = "token-" .. name,
}
if not created then stop(err) end
print("  " .. created.modelArn)

io.write "Waiting "
local model
repeat
  os.execute "sleep 0.5"
  model, err = client:get_custom_model { modelIdentifier = created.modelArn }
  if not model then stop(err) end
  io.write(".")
  io.flush()
until model.modelStatus ~= "Creating"
print(" " .. model.modelStatus)
if model.modelStatus == "Failed" then print("  " .. model.failureMessage) end

print "All custom models:"
local list
list, err = client:list_custom_models { maxResults = 10 }
if not list then stop(err) end
for _, m in ipairs(list.modelSummaries) do
  print(("  %-24s %-9s since %s"):format(m.modelName, m.modelStatus,
    os.date("!%Y-%m-%d %H:%M:%S UTC", m.creationTime)))
end

print "Deleting it"
local deleted
deleted, err = client:delete_custom_model { modelIdentifier = name }
if not deleted then stop(err) end

print "And one mistake, to see what an error looks like:"
local nothing
nothing, err = client:create_custom_model {
  modelName = "my-other-model",
  modelTags = { { kee = "a" } },
}
assert(nothing == nil, "the mistake went unnoticed")
print(err)
print "The same, for a program:"
for _, problem in ipairs(err.problems) do
  print(("  %-20s %s"):format(problem.path, problem.message))
end
