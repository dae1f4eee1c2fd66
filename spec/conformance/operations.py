"""Every operation, called for real: request, signature and result."""

import re
import time
import uuid
from datetime import datetime, timezone

import compare
import luasource
from botocore.response import StreamingBody
from luaside import Case, Table
from peer import LUA_CONFIG, signature_faults
from server import Request, answer
from values import Values

FULL_ROUNDS = 5
BIG = 1500000            # bytes: beyond what fits one read or one write
# The minimal calls go through one client for all services, the others
# through a client of their own service.
PREAMBLE = 'shared = %s }\nby_service = {}\n' % LUA_CONFIG


def preamble(services):
    return PREAMBLE + ''.join(
        'by_service["%s"] = %s, service = "%s" }\n' % (s, LUA_CONFIG, s)
        for s in services)


class Trial:
    """One operation with one set of values, as Lua and botocore see it."""

    def __init__(self, operation, variant, seed, exact, ambiguous):
        self.operation = operation
        self.variant = variant
        self.name = '%s %s seed %s' % (operation, variant, seed)
        self.minimal = variant == 'minimal'
        values = Values(self.name, exact)
        self.params = values.input(operation.input, self.minimal)
        if variant == 'big':
            self.params[blob_payload(operation.input)] = \
                values.rng.randbytes(BIG)
        self.answer = make_answer(values, operation, variant)
        self.case = self.make_case('call', values, ambiguous)
        self.built = None
        if (operation.stream_out or variant == 'full 1') and \
                not operation.stream_in:
            self.built = self.make_case('build', values, ambiguous)

    def make_case(self, kind, values, ambiguous):
        op = self.operation
        config, service = 'by_service["%s"]' % op.service, None
        if self.minimal:
            config = 'shared'
            service = op.service if op.method in ambiguous else None
        source = luasource.of_shape(self.params, op.input,
                                    lambda: values.chance(0.3))
        call = 'c:build("%s", input)' if kind == 'build' else 'c:%s(input)'
        code = 'local c = client(%s%s)\nlocal input = %s\nreturn %s' % (
            config, ', "%s"' % service if service else '', source,
            call % op.method)
        status, headers, body = self.answer
        wire = answer(status, headers, body, chunked=status != 204 and
                      values.chance(0.2), close=values.chance(0.03))
        return Case(self.name, code, wire)


def is_lenient(variant):
    """The first two variants get answers as the models have them; the
    others also what services might send beyond that."""
    return variant not in ('minimal', 'full 1')


def blob_payload(shape):
    """The member that is the whole body as bytes, or None."""
    name = shape.serialization.get('payload') if shape else None
    return name if name and shape.members[name].type_name == 'blob' else None


def make_answer(values, operation, variant):
    """A valid success of the operation: status, headers, body."""
    minimal = variant == 'minimal'
    shape = operation.output
    status = operation.model.http.get('responseCode', 200)
    members = shape.members if shape else {}
    places = {n: m.serialization.get('location') for n, m in members.items()}
    if 'statusCode' in places.values():
        status = values.rng.choice([200, 201, 202])
    id_name = 'x-amzn-requestid'
    if is_lenient(variant) and not operation.json11 and values.chance(0.2):
        id_name = 'x-amz-request-id'
    headers = [(id_name, str(uuid.UUID(int=values.rng.getrandbits(128))))]
    for name, member in members.items():
        if places[name] == 'header' and not operation.json11 and (
                not minimal or name in shape.required_members):
            spell = values.rng.choice([str, str.lower, str.upper])
            headers.append((spell(member.serialization['name']),
                            values.header(member)))
    if 'content-type' not in [n.lower() for n, _ in headers]:
        headers.append(('Content-Type', 'application/x-amz-json-1.1'
                        if operation.json11 else 'application/json'))
    return status, headers, make_body(values, operation, variant, status)


def make_body(values, operation, variant, status):
    shape = operation.output
    minimal = variant == 'minimal'
    if status == 204 or operation.stream_out:
        return b''
    if shape is None:
        return values.rng.choice([b'', b'{}', b' \n'])
    values.words = not operation.json11
    if blob_payload(shape):
        return values.rng.randbytes(BIG) if variant == 'big' \
            else values.bytes()
    payload = shape.serialization.get('payload')
    if payload:
        shape = shape.members[payload]
    body = values.output(shape, minimal, is_lenient(variant))
    if not body and not payload and values.chance(0.5):
        return b''
    return values.json(body)


def make_trials(peer, seed, exact):
    names = [op.method for op in peer.operations]
    ambiguous = {n for n in names if names.count(n) > 1}
    variants = ['minimal'] + ['full %d' % (i + 1) for i in range(FULL_ROUNDS)]
    return [Trial(op, variant, seed, exact, ambiguous)
            for op in peer.operations
            for variant in variants + ['big'] * bool(blob_payload(op.input))]


# ---- checking ---------------------------------------------------------

def built_request(outcome):
    """What client:build gave, as a request; and whether it is https."""
    table = outcome.first
    url = table.get('url').decode('latin-1')
    scheme, host, target = re.fullmatch('(https?)://([^/?]*)(.*)',
                                        url).groups()
    headers = []
    for name, value in table.get('headers').pairs:
        values = value.list() if isinstance(value, Table) else [value]
        headers += [(compare.text(name), compare.text(v)) for v in values]
    request = Request(table.get('method').decode(), target, headers,
                      table.get('body') or b'')
    if request.get('host') is None:
        request.headers.append(('Host', host))
    return request, scheme == 'https'


def request_differences(peer, trial, got, on_wire, secure, exact):
    op, params = trial.operation, dict(trial.params)
    if op.token and op.token not in params:
        token = compare.sent_token(op, got)
        if not compare.UUID4.fullmatch(token or ''):
            yield op.token, 'a lower-case UUID version 4', token
            return
        params[op.token] = token
    status, headers, body = trial.answer
    sent, result = peer.call(op, params, (status, headers, body))
    trial.result = result
    yield from compare.requests(op, sent, got, on_wire, exact)
    yield from signature_faults(got, secure,
                                op.model.service_model.signing_name)
    yield from stale(got)


def stale(got):
    try:
        when = datetime.strptime(got.get('x-amz-date') or '',
                                 '%Y%m%dT%H%M%SZ')
        age = time.time() - when.replace(tzinfo=timezone.utc).timestamp()
    except ValueError:
        age = None
    if age is None or not -5 < age < 900:
        yield 'X-Amz-Date', 'now', got.get('x-amz-date')


def result_differences(trial, exact):
    op, outcome = trial.operation, trial.case.outcome
    if outcome.word != 'ok' or not isinstance(outcome.first, Table):
        yield 'result', 'a table', outcome
        return
    want = dict(trial.result)
    about = want.pop('ResponseMetadata')
    for name, value in want.items():
        if isinstance(value, StreamingBody):
            want[name] = value.read()
    if op.output is not None:
        yield from compare.results(op.output, want, outcome.first, 'result',
                                   exact)
    elif outcome.first.pairs:
        yield 'result', {}, outcome.first
    yield from meta_differences(about, outcome.second)


def meta_differences(about, meta):
    if not isinstance(meta, Table):
        yield 'meta', 'a table', meta
        return
    pairs = [('status', about['HTTPStatusCode']),
             ('request_id', about['RequestId'].encode()), ('attempts', 1)]
    for name, want in pairs:
        if meta.get(name) != want:
            yield 'meta.' + name, want, meta.get(name)
    headers = meta.get('headers')
    for name, want in about['HTTPHeaders'].items():
        got = headers.get(name) if isinstance(headers, Table) else None
        if got != want.encode():
            yield 'meta.headers.' + name, want, got


def not_supported(trial):
    """Event streams must say so, and send nothing."""
    code = trial.case.outcome.code()
    if code != 'NotYetSupported':
        yield 'err.code', 'NotYetSupported', trial.case.outcome
    if trial.case.requests:
        yield 'requests', 0, len(trial.case.requests)


def check_built(peer, trial, exact):
    outcome = trial.built.outcome
    if outcome.word != 'ok':
        return [('build', 'a table', outcome)]
    got, secure = built_request(outcome)
    return request_differences(peer, trial, got, False, secure, exact)


def check_sent(peer, trial, exact):
    if len(trial.case.requests) != 1:
        return [('requests', 1, '%d, %s' % (
            len(trial.case.requests), trial.case.outcome))]
    return request_differences(peer, trial, trial.case.requests[0], True,
                               False, exact)


def check_requests(peer, trials, report, exact):
    for trial in trials:
        if trial.built:
            report.check(trial.name + ', built',
                         check_built(peer, trial, exact))
        if trial.operation.stream_in or trial.operation.stream_out:
            report.check(trial.name, not_supported(trial))
        else:
            report.check(trial.name, check_sent(peer, trial, exact))


def check_results(trials, report, exact):
    streams = set()
    for trial in trials:
        if trial.operation.stream_in or trial.operation.stream_out:
            continue
        if not hasattr(trial, 'result'):
            report.check(trial.name, [('result', 'a request to compare',
                                       trial.case.outcome)])
            continue
        streams |= streaming_kind(trial)
        report.check(trial.name, result_differences(trial, exact))
    for line in sorted(streams):
        report.note(line)


def streaming_kind(trial):
    """How a streaming blob comes: worth a line in the report."""
    op, found = trial.operation, set()
    for name, member in (op.output.members if op.output else {}).items():
        if member.serialization.get('streaming') and \
                trial.case.outcome.word == 'ok':
            value = trial.case.outcome.first.get(name)
            found.add('%s.%s comes as %s' % (
                op.name, name, 'a string' if isinstance(value, bytes)
                else getattr(value, 'kind', value)))
    return found


def check_names(peer, lua, report):
    """bedrock.operations tells every operation, and no other."""
    cases = [Case(service, 'return bedrock.operations("%s")' % service)
             for service in peer.models]
    lua.run(cases, workers=1)
    report.begin('names')
    for case in cases:
        want = sorted(op.method for op in peer.operations
                      if op.service == case.name)
        listed = case.outcome.first
        got = sorted(map(compare.text, listed.list() or [])) \
            if isinstance(listed, Table) else case.outcome
        report.check(case.name, [('operations', want, got)]
                     if want != got else [])
    report.end()


def run(peer, lua, report, seed, only, workers):
    trials = [t for t in make_trials(peer, seed, lua.integers)
              if only in (None, t.operation.name, t.operation.method,
                          str(t.operation))]
    if not trials:
        raise SystemExit('No operation is called ' + only)
    cases = [c for t in trials for c in (t.case, t.built) if c]
    services = sorted({t.operation.service for t in trials})
    connections = lua.run(cases, preamble(services), workers)
    report.begin('requests')
    report.note('%d operations, %d calls over %d connections' % (
        len({str(t.operation) for t in trials}),
        sum(len(t.case.requests) for t in trials), connections))
    check_requests(peer, trials, report, lua.integers)
    report.end()
    report.begin('results')
    check_results(trials, report, lua.integers)
    report.end()
