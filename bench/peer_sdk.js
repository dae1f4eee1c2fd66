// AWS SDK for JavaScript v3: peer_sdk.js OPERATION ENDPOINT [IMAGE]
// Each line of standard input is a number of calls to make; the answer is
// the CPU seconds that they took.
"use strict";
const [operation, endpoint, image] = process.argv.slice(2);
const config = {
  region: "us-east-1",
  endpoint,
  credentials: {
    accessKeyId: "AKIDEXAMPLE",
    secretAccessKey: "not-a-real-secret",
  },
};

// Each loads only the package that its user would load.
function createCustomModel() {
  const { BedrockClient, CreateCustomModelCommand } =
    require("@aws-sdk/client-bedrock");
  const client = new BedrockClient(config);
  return async () => {
    const result = await client.send(new CreateCustomModelCommand({
      modelName: "bench-model",
      modelSourceConfig: {
        s3DataSource: { s3Uri: "s3://amzn-s3-demo-bucket/bench/model/" },
      },
      modelKmsKeyArn: "arn:aws:kms:us-east-1:123456789012:" +
        "key/1234abcd-12ab-34cd-56ef-1234567890ab",
      roleArn: "arn:aws:iam::123456789012:role/BedrockImport",
      modelTags: [
        { key: "team", value: "nlp" },
        { key: "stage", value: "bench" },
      ],
      clientRequestToken: "00000000-0000-4000-8000-000000000000",
    }));
    return result.modelArn;
  };
}

function converse() {
  const { BedrockRuntimeClient, ConverseCommand } =
    require("@aws-sdk/client-bedrock-runtime");
  // The runtime client speaks HTTP/2 by default; the server, like all the
  // other contestants, speaks HTTP/1.1.
  const { NodeHttpHandler } = require("@smithy/node-http-handler");
  const client = new BedrockRuntimeClient({
    ...config, requestHandler: new NodeHttpHandler(),
  });
  const bytes = require("fs").readFileSync(image);
  return async () => {
    const result = await client.send(new ConverseCommand({
      modelId: "amazon.nova-lite-v1:0",
      messages: [{ role: "user", content: [
        { image: { format: "png", source: { bytes } } },
      ] }],
    }));
    return result.output.message.content[0].text;
  };
}

async function main() {
  const calls = { create_custom_model: createCustomModel, converse };
  const call = calls[operation]();
  const lines = require("readline").createInterface({ input: process.stdin });
  for await (const line of lines) {
    const start = process.cpuUsage();
    for (let n = Number(line); n > 0; n--)
      if (!await call()) throw new Error("no answer");
    const { user, system } = process.cpuUsage(start);
    console.log(((user + system) / 1e6).toFixed(6));
  }
}

main();
