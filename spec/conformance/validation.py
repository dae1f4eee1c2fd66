"""Inputs that may not fit the model: refused exactly when botocore refuses
them, with a problem of ours for each of its paths, and nothing sent."""

import copy
import re

import luasource
from botocore.validate import ParamValidator
from luaside import Case, Table
from mutate import mutate
from operations import preamble
from values import Values

PER_OPERATION = 24
# Where ours refuses what botocore takes, and why that is meant.
STRICTER = {
    'boolean for number': "Python's bool is a kind of int; Lua's is not",
    'empty label': 'it would name another resource',
}


class Attempt:
    def __init__(self, operation, values, number, seed):
        self.operation = operation
        self.params = values.input(operation.input, number % 2 == 1)
        self.kinds = mutate(self.params, operation.input, values)
        self.name = '%s input %d seed %s (%s)' % (
            operation, number, seed, ', '.join(self.kinds))
        source = luasource.of_shape(self.params, operation.input,
                                    lambda: False)
        call = 'c:%s(input)' if number == 0 else 'c:build("%s", input)'
        if number == 0 and operation.stream_out:
            call = 'c:build("%s", input)'
        self.case = Case(self.name, (
            'local c = client(by_service["%s"])\nlocal input = %s\n'
            'return %s' % (operation.service, source,
                           call % operation.method)))

    def botocore_problems(self):
        """[(path in our notation, how ours may differ: '', 'end' or
        'below')]"""
        params = copy.copy(self.params)
        if self.operation.token:
            params.setdefault(self.operation.token, 'x' * 36)
        report = ParamValidator().validate(params, self.operation.input)
        return [our_path(*error) for error in report._errors]


def our_path(reason, name, details):
    """botocore's name of a place as ours: 1-based, without a leading dot;
    the member itself where botocore names its structure."""
    path = re.sub(r' \(key: (.*)\)$', r'.\1', name)
    path = re.sub(r'\[(\d+)\]', lambda m: '[%d]' % (int(m[1]) + 1), path)
    if reason == 'missing required field':
        path += '.' + details['required_name']
    if reason == 'unknown field':
        path += '.' + details['unknown_param']
    path, how = path.lstrip('.') or 'input', ''
    if reason.endswith('for document'):
        how = 'end'          # botocore only keeps the last part of the path
    if reason == 'invalid type' and isinstance(details['param'], list):
        how = 'below'        # {"x"} is a table, with an unknown member [1]
    return path, how


def is_at(theirs, ours):
    path, how = theirs
    ours = re.sub(r'\\0+|\\x00|\?', '\0', ours)     # NUL may be shown so
    return ours == path or (how == 'end' and ours.endswith(path)) or \
        (how == 'below' and ours.startswith(path))


def differences(attempt):
    outcome, wanted = attempt.case.outcome, attempt.botocore_problems()
    refused = outcome.word == 'err' and isinstance(outcome.first, Table) and \
        outcome.first.get('kind') == b'input'
    if refused:
        problems = outcome.first.get('problems')
        ours = [p.get('path').decode('utf-8', 'replace')
                for p in problems.list()]
    else:
        ours = []
        if outcome.word != 'ok' and not (outcome.code() == '500'):
            yield 'outcome', wanted or 'a request', outcome
            return
    stricter = set(attempt.kinds) & set(STRICTER)
    if wanted and not refused:
        yield 'refused', wanted, 'accepted'
        return
    if refused and not wanted and not stricter:
        yield 'accepted', '', ['%s: %s' % (
            p.get('path').decode(), p.get('message').decode())
            for p in problems.list()]
        return
    if stricter and not refused and len(attempt.kinds) == 1:
        yield 'refused', sorted(stricter), 'accepted'
    if refused and attempt.case.requests:
        yield 'requests', 0, len(attempt.case.requests)
    for theirs in wanted:
        if not any(is_at(theirs, path) for path in ours):
            yield 'problems', theirs[0], ours
    if not stricter:
        for path in ours:
            if not any(is_at(theirs, path) for theirs in wanted):
                yield 'problems', wanted, path


def run(peer, lua, report, seed, workers):
    attempts = []
    for operation in peer.operations:
        if operation.stream_in or not operation.input or \
                not operation.input.members:
            continue
        values = Values('validation %s %s' % (seed, operation), lua.integers)
        values.simple = True
        attempts += [Attempt(operation, values, i, seed)
                     for i in range(PER_OPERATION)]
    attempts = [a for a in attempts if a.kinds]
    lua.run([a.case for a in attempts], preamble(peer.models), workers)
    report.begin('validation')
    refused = sum(bool(a.botocore_problems()) for a in attempts)
    report.note('%d inputs that botocore refuses, %d that it takes' % (
        refused, len(attempts) - refused))
    for kind, reason in STRICTER.items():
        report.note('refused by us alone: %s, %d times: %s' % (
            kind, sum(kind in a.kinds for a in attempts), reason))
    for attempt in attempts:
        report.check(attempt.name, differences(attempt))
    report.end()
