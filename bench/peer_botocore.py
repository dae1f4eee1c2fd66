"""botocore's loop: peer_botocore.py OPERATION ENDPOINT [IMAGE]

Each line of standard input is a number of calls to make; the answer is the
CPU seconds that they took.
"""
import sys
import time

import botocore.session

operation, endpoint, *image = sys.argv[1:]
service = "bedrock" if operation == "create_custom_model" else "bedrock-runtime"
client = botocore.session.get_session().create_client(
    service,
    region_name="us-east-1",
    endpoint_url=endpoint,
    aws_access_key_id="AKIDEXAMPLE",
    aws_secret_access_key="not-a-real-secret",
)
png = open(image[0], "rb").read() if image else None


def create_custom_model():
    result = client.create_custom_model(
        modelName="bench-model",
        modelSourceConfig={
            "s3DataSource": {"s3Uri": "s3://amzn-s3-demo-bucket/bench/model/"},
        },
        modelKmsKeyArn="arn:aws:kms:us-east-1:123456789012:"
        "key/1234abcd-12ab-34cd-56ef-1234567890ab",
        roleArn="arn:aws:iam::123456789012:role/BedrockImport",
        modelTags=[
            {"key": "team", "value": "nlp"},
            {"key": "stage", "value": "bench"},
        ],
        clientRequestToken="00000000-0000-4000-8000-000000000000",
    )
    return result["modelArn"]


def converse():
    content = [{"image": {"format": "png", "source": {"bytes": png}}}]
    result = client.converse(
        modelId="amazon.nova-lite-v1:0",
        messages=[{"role": "user", "content": content}],
    )
    return result["output"]["message"]["content"][0]["text"]


call = globals()[operation]
for line in sys.stdin:
    start = time.process_time()
    for _ in range(int(line)):
        call()
    print(f"{time.process_time() - start:.6f}", flush=True)
