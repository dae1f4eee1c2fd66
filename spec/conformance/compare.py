"""What differs between botocore's idea and ours. Each function yields
(path, wanted, got) for every difference and nothing when all is well."""

import json
import re
from datetime import datetime

from luaside import NULL, Stream, Table

UUID4 = re.compile('[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-'
                   '[0-9a-f]{12}')
# Headers that every client sets in its own way; checked elsewhere.
OWN = {'user-agent', 'x-amz-date', 'authorization', 'x-amz-security-token',
       'amz-sdk-invocation-id', 'amz-sdk-request', 'content-length', 'host',
       'accept-encoding'}
NEVER_SIGNED = {'connection', 'expect', 'keep-alive', 'proxy-authenticate',
                'proxy-authorization', 'te', 'trailer', 'transfer-encoding',
                'upgrade', 'user-agent', 'x-amzn-trace-id', 'content-length',
                'authorization'}
MOMENT = 1e-6                              # seconds


def text(value):
    return value.decode('latin-1') if isinstance(value, bytes) else value


def strict_json(data):
    """JSON with nothing that Python takes beyond the standard."""
    def pairs(items):
        if len({k for k, _ in items}) < len(items):
            raise ValueError('a key stands twice')
        return dict(items)

    def constant(name):
        raise ValueError(name + ' is no JSON')
    return json.loads(data.decode('utf-8'), object_pairs_hook=pairs,
                      parse_constant=constant)


# ---- requests -------------------------------------------------------------

def sent_token(operation, request):
    """The idempotency token in a request of ours, or None."""
    member = operation.input.members[operation.token]
    name = member.serialization.get('name', operation.token)
    place = member.serialization.get('location')
    if place == 'header':
        return request.get(name)
    if place == 'querystring':
        found = [p[len(name) + 1:] for p in request.query
                 if p.startswith(name + '=')]
        return found[0] if found else None
    try:
        return strict_json(request.body).get(name)
    except (ValueError, AttributeError):
        return None


def requests(operation, sent, got, on_wire, exact):
    """botocore's prepared request against ours."""
    want = re.sub('^http://[^/?]*', '', sent.url)
    path, _, query = want.partition('?')
    if sent.method != got.method:
        yield 'method', sent.method, got.method
    if path != got.path:
        yield 'path', path, got.path
    by_key = lambda p: p.partition('=')[0]
    pairs = sorted(query.split('&') if query else [], key=by_key)
    ours = sorted(got.query, key=by_key)
    if pairs != ours:
        yield 'query', pairs, ours
    yield from headers(sent, got, on_wire)
    yield from signed_names(got)
    yield from bodies(operation, sent.body or b'', got.body, exact)


def headers(sent, got, on_wire):
    want = {n.lower(): text(v) for n, v in sent.headers.items()}
    names = [n.lower() for n, _ in got.headers]
    for name in sorted(set(names) | set(want)):
        if name in OWN:
            continue
        ours = got.all(name)
        if name not in want:
            yield 'header ' + name, None, ours
        elif ours != [want[name].strip()]:
            yield 'header ' + name, want[name], ours
    if not on_wire:
        return
    length = got.all('content-length')
    if 'content-length' in want and length != [str(len(got.body))]:
        yield 'header content-length', str(len(got.body)), length
    if 'content-length' not in want and length not in ([], ['0']):
        yield 'header content-length', None, length


def signed_names(got):
    """Which headers our signature covers."""
    found = re.search('SignedHeaders=([^,]*)', got.get('authorization') or '')
    signed = set(found[1].split(';')) if found else set()
    present = {n.lower() for n, _ in got.headers} | {'host'}
    optional = {'amz-sdk-invocation-id', 'amz-sdk-request', 'accept-encoding'}
    must = present - NEVER_SIGNED - optional
    if not must <= signed:
        yield 'SignedHeaders', sorted(must), sorted(signed)
    if signed & NEVER_SIGNED:
        yield 'SignedHeaders', 'none of these', sorted(signed & NEVER_SIGNED)


def bodies(operation, want, got, exact):
    if want == got:
        return
    payload = operation.input and operation.input.serialization.get('payload')
    shape = operation.input
    if payload:
        shape = shape.members[payload]
    if not want or not got or shape is None or shape.type_name == 'blob':
        yield 'body', want, got
        return
    try:
        ours = strict_json(got)
    except ValueError as e:
        yield 'body', 'JSON', '%s: %r' % (e, got[:200])
        return
    yield from json_values(shape, json.loads(want), ours, 'body', exact)


def json_values(shape, want, got, path, exact):
    """Two JSON values of a shape, as requests hold them."""
    kind = shape.type_name if shape is not None else None
    if kind == 'structure' and shape.is_document_type:
        yield from json_documents(want, got, path, exact)
    elif isinstance(want, dict) and isinstance(got, dict):
        for key in sorted(set(want) | set(got)):
            at = '%s.%s' % (path, key)
            if key not in got or key not in want:
                yield at, want.get(key, 'absent'), got.get(key, 'absent')
                continue
            inner = shape.value if kind == 'map' else shape.members[key]
            yield from json_values(inner, want[key], got[key], at, exact)
    elif isinstance(want, list) and isinstance(got, list):
        if len(want) != len(got):
            yield path, want, got
        for i, (w, g) in enumerate(zip(want, got)):
            yield from json_values(shape.member, w, g,
                                   '%s[%d]' % (path, i + 1), exact)
    elif number(want) and number(got) and kind in ('float', 'double'):
        if float(want) != float(got):
            yield path, want, got
    elif number(want) and number(got) and kind == 'timestamp':
        if abs(want - got) > MOMENT / 2:
            yield path, want, got
    elif type(want) is not type(got) or want != got:
        yield path, want, got


def number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def json_documents(want, got, path, exact):
    """Free JSON: everything must agree, also 1 and 1.0."""
    if isinstance(want, dict) and isinstance(got, dict):
        for key in sorted(set(want) | set(got)):
            at = '%s.%s' % (path, key)
            if key not in got or key not in want:
                yield at, want.get(key, 'absent'), got.get(key, 'absent')
            else:
                yield from json_documents(want[key], got[key], at, exact)
    elif isinstance(want, list) and isinstance(got, list):
        if len(want) != len(got):
            yield path, want, got
        for i, (w, g) in enumerate(zip(want, got)):
            yield from json_documents(w, g, '%s[%d]' % (path, i + 1), exact)
    elif not exact and number(want) and number(got):
        if want != got:
            yield path, want, got
    elif type(want) is not type(got) or want != got:
        yield path, want, got


# ---- results --------------------------------------------------------------

def results(shape, want, got, path, exact):
    """botocore's parsed value of a shape against our dumped one."""
    kind = shape.type_name
    if want is None:
        if got is not NULL:
            yield path, 'null', got
    elif kind == 'structure' and shape.is_document_type:
        yield from documents(want, got, path, exact)
    elif kind in ('structure', 'map', 'list'):
        if not isinstance(got, Table):
            yield path, want, got
        elif kind == 'list':
            yield from lists(shape, want, got, path, exact)
        else:
            yield from tables(shape, want, got, path, exact)
    elif kind in ('integer', 'long'):
        if not number(got) or got != want or \
                (exact and not isinstance(got, int)):
            yield path, want, got
    elif kind in ('float', 'double'):
        want = float(want)
        if not number(got) or not (got == want or
                                   (got != got and want != want)):
            yield path, want, got
    elif kind == 'timestamp':
        want = want.timestamp() if isinstance(want, datetime) else want
        if not number(got) or abs(got - want) > MOMENT:
            yield path, want, got
    elif kind == 'boolean':
        if got is not want:
            yield path, want, got
    else:
        if isinstance(got, Stream):
            got = got.content
        want = want.encode() if isinstance(want, str) else want
        if got != want:
            yield path, want, got


def lists(shape, want, got, path, exact):
    items = got.list()
    if items is None or len(items) != len(want):
        yield path, want, got
        return
    for i, (w, g) in enumerate(zip(want, items)):
        yield from results(shape.member, w, g, '%s[%d]' % (path, i + 1),
                           exact)


def tables(shape, want, got, path, exact):
    ours = {k.decode() if isinstance(k, bytes) else k: v
            for k, v in got.pairs}
    if shape.type_name == 'structure' and 'SDK_UNKNOWN_MEMBER' in want:
        # a union member newer than the model: ours just has no known one
        if set(ours) & set(shape.members):
            yield path, want, got
        return
    for key in sorted(set(want) | set(ours), key=str):
        at = '%s.%s' % (path, key)
        if key not in ours or key not in want:
            yield at, want.get(key, 'absent'), ours.get(key, 'absent')
            continue
        inner = shape.value if shape.type_name == 'map' else \
            shape.members[key]
        yield from results(inner, want[key], ours[key], at, exact)


def documents(want, got, path, exact):
    """A decoded document must be fit to be encoded to the same JSON."""
    if isinstance(want, dict) and isinstance(got, Table):
        ours = {k.decode() if isinstance(k, bytes) else k: v
                for k, v in got.pairs}
        if got.mark == '[':
            yield path, want, 'an array'
        for key in sorted(set(want) | set(ours), key=str):
            at = '%s.%s' % (path, key)
            if key not in ours or key not in want:
                yield at, want.get(key, 'absent'), ours.get(key, 'absent')
            else:
                yield from documents(want[key], ours[key], at, exact)
    elif isinstance(want, list) and isinstance(got, Table):
        items = got.list()
        if items is None or len(items) != len(want):
            yield path, want, got
            return
        if not items and got.mark != '[':
            yield path, 'an empty list', 'a table not marked as array'
        for i, (w, g) in enumerate(zip(want, items)):
            yield from documents(w, g, '%s[%d]' % (path, i + 1), exact)
    elif want is None:
        if got is not NULL:
            yield path, 'null', got
    elif isinstance(want, str):
        if got != want.encode():
            yield path, want, got
    elif not exact and number(want) and number(got):
        if want != got:
            yield path, want, got
    elif type(want) is not type(got) or want != got:
        yield path, want, got
