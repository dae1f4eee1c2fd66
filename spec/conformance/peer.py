"""botocore, asked the same: what it would send, and how it reads answers.

Whole clients are used, with all their handlers; only the sending is replaced
by the prepared answer.
"""

import io
import os

for name in [n for n in os.environ if n.startswith('AWS_')]:
    del os.environ[name]
os.environ['AWS_CONFIG_FILE'] = os.devnull
os.environ['AWS_SHARED_CREDENTIALS_FILE'] = os.devnull

import botocore.session                                   # noqa: E402
from botocore import xform_name                           # noqa: E402
from botocore.auth import SigV4Auth                       # noqa: E402
from botocore.awsrequest import AWSRequest, AWSResponse   # noqa: E402
from botocore.config import Config                        # noqa: E402
from botocore.credentials import Credentials              # noqa: E402
from botocore.exceptions import ClientError               # noqa: E402

SERVICES = ['bedrock', 'bedrock-runtime', 'bedrock-agent',
            'bedrock-agent-runtime', 'bedrock-data-automation',
            'bedrock-data-automation-runtime', 'bedrock-agentcore',
            'bedrock-agentcore-control']
REGION = 'us-west-2'
KEY = 'AKIDEXAMPLE'
SECRET = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY'
TOKEN = 'session/TOKEN+=='

LUA_CONFIG = '''{ region = "%s", endpoint = "http://127.0.0.1:PORT",
  max_attempts = 1, credentials = { creds = { access_key_id = "%s",
  secret_access_key = "%s", session_token = "%s" } }''' % (
    REGION, KEY, SECRET, TOKEN)


class Body(io.BytesIO):
    """What urllib3 would give as a response's body."""

    def stream(self, *_, **__):
        yield self.read()


class Operation:
    """An operation of a service, and what the comparison must know of it."""

    def __init__(self, service, model):
        self.service = service
        self.model = model
        self.name = model.name
        self.method = xform_name(model.name)
        self.input = model.input_shape
        self.output = model.output_shape
        self.json11 = model.metadata['protocol'] == 'json'
        self.stream_in = model.has_event_stream_input
        self.stream_out = model.has_event_stream_output
        self.token = next((n for n, m in self.input.members.items()
                           if m.metadata.get('idempotencyToken')), None) \
            if self.input else None

    def __str__(self):
        return '%s.%s' % (self.service, self.name)


class Peer:
    def __init__(self):
        self.session = botocore.session.Session()
        self.session.set_credentials(KEY, SECRET, TOKEN)
        self.models = {s: self.session.get_service_model(s) for s in SERVICES}
        self.clients = {}
        self.sent = None
        self.answer = None
        self.operations = [
            Operation(s, self.models[s].operation_model(name))
            for s in SERVICES for name in self.models[s].operation_names]

    def client(self, service):
        if service not in self.clients:
            client = self.session.create_client(
                service, region_name=REGION,
                endpoint_url='http://127.0.0.1:1',
                config=Config(retries={'total_max_attempts': 1}))
            client.meta.events.register('before-send', self.send)
            self.clients[service] = client
        return self.clients[service]

    def send(self, request, **_):
        self.sent = request
        status, headers, body = self.answer
        return AWSResponse(request.url, status, dict(headers), Body(body))

    def call(self, operation, params, answer=(200, [], b'{}')):
        """The request botocore prepared, and its result or ClientError."""
        self.sent, self.answer = None, answer
        client = self.client(operation.service)
        try:
            result = getattr(client, operation.method)(**params)
        except ClientError as e:
            result = e
        return self.sent, result


def signature_faults(request, secure, name, region=REGION, token=TOKEN):
    """Recompute a request's signature with botocore; a list of what is
    wrong with it. `request.target` begins with the path."""
    value = request.get('authorization') or ''
    scheme, _, rest = value.partition(' ')
    parts = dict(p.partition('=')[::2] for p in rest.split(', '))
    if scheme != 'AWS4-HMAC-SHA256' or set(parts) != {
            'Credential', 'SignedHeaders', 'Signature'}:
        return [('Authorization', 'SigV4', value)]
    stamp = request.get('x-amz-date') or ''
    names = parts['SignedHeaders'].split(';')
    url = '%s://%s%s' % ('https' if secure else 'http', request.get('host'),
                         request.target)
    again = AWSRequest(method=request.method, url=url, data=request.body)
    for n, v in request.headers:
        if n.lower() in names:
            again.headers.add_header(n, v)
    again.context['timestamp'] = stamp
    auth = SigV4Auth(Credentials(KEY, SECRET, token), name, region)
    text = auth.canonical_request(again)
    signature = auth.signature(auth.string_to_sign(again, text), again)
    pairs = [
        ('Credential', auth.scope(again), parts['Credential']),
        ('SignedHeaders', auth.signed_headers(auth.headers_to_sign(again)),
         parts['SignedHeaders']),
        ('Signature', signature, parts['Signature']),
        ('X-Amz-Security-Token', token, request.get('x-amz-security-token'))]
    return [p for p in pairs if p[1] != p[2]]
