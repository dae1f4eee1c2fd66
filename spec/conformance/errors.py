"""Every modelled error of every service, in the forms that services use, and
answers that are no modelled error at all."""

import uuid

import compare
import luasource
from botocore.exceptions import ClientError
from luaside import Case, Table
from operations import preamble
from server import answer
from values import Values

# How the code travels: header value, or (body key, value). `json11` says
# where awsJson1.1 has it, too.
FORMS = [
    ('header', 'header', '%s', False),
    ('header with URI', 'header', '%s:http://internal.example.com/x/', False),
    ('header with namespace', 'header', 'com.amazon.coral#%s', False),
    ('body code', 'code', '%s', False),
    ('__type', '__type', '%s', True),
    ('__type with namespace', '__type', 'com.amazonaws.bedrock#%s', True),
    ('__type with both', '__type', 'aws.x#%s:http://example.com/a:b', True),
]
# Bodies that carry no code: status, content type, body.
ODD = [
    ('empty 500', 500, 'application/json', b''),
    ('blank 503', 503, 'text/plain', b' \n'),
    ('html 502', 502, 'text/html', b'<html><body>Bad Gateway</body></html>'),
    ('text 400', 400, 'text/plain', b'no such thing'),
    ('object without code 403', 403, 'application/json', b'{"message":"m"}'),
    ('Message 404', 404, 'application/json', b'{"Message":"m","x":[1]}'),
    ('empty 404', 404, 'application/json', b''),
    ('empty object 429', 429, 'application/json', b'{}'),
    ('unknown code 400', 400, 'application/json',
     b'{"__type":"a.b#BrandNewException","message":"caf\xc3\xa9"}'),
    ('nested __type 400', 400, 'application/json',
     b'{"message":"m","inner":{"__type":"FooException"}}'),
]


class Failure:
    def __init__(self, operation, name, values, response):
        self.operation = operation
        self.name = '%s %s' % (operation, name)
        params = values.input(operation.input, True)
        if operation.token:
            params[operation.token] = 'x' * 36
        source = luasource.of_shape(params, operation.input, lambda: False)
        self.params, self.response, self.shape = params, response, None
        self.case = Case(self.name, (
            'return client(by_service["%s"]):%s(%s)' % (
                operation.service, operation.method, source)),
            answer(*response))


def fields_of(values, shape):
    """Random members of an error: what goes in the body, and headers."""
    body = values.output(shape, False, False)
    headers = [(m.serialization['name'], values.header(m))
               for m in shape.members.values()
               if m.serialization.get('location') == 'header']
    return body, headers


def modelled(operation, shape, values):
    """One failure for each form that the code can take."""
    for name, key, code, json11 in FORMS:
        if operation.json11 and not json11:
            continue
        code = code % shape.name
        body, headers = fields_of(values, shape)
        for member in ('code', 'Code', '__type'):
            body.pop(member, None)
        status = shape.metadata.get('error', {}).get(
            'httpStatusCode', 400 if values.chance(0.5) else 500)
        if key == 'header':
            headers.append(('x-amzn-ErrorType', code))
        else:
            body[key] = code
        headers.append(('x-amzn-RequestId',
                        str(uuid.UUID(int=values.rng.getrandbits(128)))))
        failure = Failure(operation, '%s, %s' % (shape.name, name), values,
                          (status, headers, values.json(body)))
        failure.shape = shape
        yield failure


def make_failures(peer, seed, exact):
    done = set()
    for operation in peer.operations:
        if operation.stream_in or operation.stream_out:
            continue
        values = Values('errors %s %s' % (seed, operation), exact)
        if operation.service not in done:
            done.add(operation.service)
            for name, status, kind, body in ODD:
                headers = [('Content-Type', kind), ('x-amzn-RequestId', 'r')]
                yield Failure(operation, name, values,
                              (status, headers, body))
        for shape in operation.model.error_shapes:
            if (operation.service, shape.name) not in done:
                done.add((operation.service, shape.name))
                yield from modelled(operation, shape, values)


def differences(peer, failure, exact):
    outcome = failure.case.outcome
    if outcome.word != 'err' or not isinstance(outcome.first, Table):
        yield 'result', 'an error', outcome
        return
    _, result = peer.call(failure.operation, failure.params,
                          failure.response)
    assert isinstance(result, ClientError), result
    got, about = outcome.first, result.response['ResponseMetadata']
    error = result.response['Error']
    # botocore's generic branch loses the request id; ours need not
    wanted = [('kind', 'service'), ('code', str(error['Code'])),
              ('status', about['HTTPStatusCode']),
              ('request_id', dict((n.lower(), v) for n, v in
                                  failure.response[1])['x-amzn-requestid']),
              ('service', failure.operation.service),
              ('attempts', 1)]
    if failure.shape is not None or b'essage"' in failure.response[2]:
        # otherwise botocore makes one up, and so do we
        wanted.append(('message', error['Message']))
    for name, want in wanted:
        ours = compare.text(got.get(name)) if name != 'message' else \
            (got.get(name) or b'').decode('utf-8', 'replace')
        if ours != want:
            yield 'err.' + name, want, ours
    yield from field_differences(failure, result.response, got, exact)


def field_differences(failure, response, got, exact):
    """The modelled members; `message` may stand there or only above."""
    fields = {k: v for k, v in response.items()
              if k not in ('Error', 'ResponseMetadata')}
    ours = got.get('fields')
    if failure.shape is None:
        if isinstance(ours, Table) and ours.pairs:
            yield 'err.fields', 'nothing', ours
        return
    if ours is None:
        ours = Table('{', [])
    if ours.get('message') is None:
        fields.pop('message', None)
    yield from compare.results(failure.shape, fields, ours, 'err.fields',
                               exact)


def run(peer, lua, report, seed, workers):
    failures = list(make_failures(peer, seed, lua.integers))
    lua.run([f.case for f in failures], preamble(peer.models), workers)
    report.begin('errors')
    shapes = {(f.operation.service, f.shape.name)
              for f in failures if f.shape is not None}
    report.note('%d modelled errors' % len(shapes))
    for failure in failures:
        report.check(failure.name, differences(peer, failure, lua.integers))
    report.end()
