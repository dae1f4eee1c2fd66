"""Seeded random values for the shapes of a botocore model.

Inputs are what a caller would pass to botocore (Python values); outputs are
what a service would put on the wire (JSON values, header texts, raw bytes).
Both are valid by construction; `minimal` sets only what is required.
"""

import base64
import datetime
import json
import random
import re
import uuid

MAX_DEPTH = 9          # beyond it only required members are set
MAX_NODES = 1500       # per value; recursive shapes would grow without end
SAFE = 2 ** 53         # integers that every Lua keeps exactly

TEXT = [
    'a', 'Z', '0', ' ', '/', ':', '+', '%', '&', '=', '?', '#', '~', '*',
    '"', "'", '\\', '<', '{', '}', '[', ']', ',', ';', '.', '-', '_', '!',
    '\n', '\t', '\r', '\0', '\1', '\x1f', '\x7f', '\x85', '\xe9', '\xfc',
    '\u0416', '\u1234', '\u2028', '\u20ac', '\ufeff', '\ufffd', '\uffff',
    '\U0001f600', '\U0010fffd',
]
LABEL = TEXT + ['..', '%2F', 'arn:aws:x/y']
HEADER = [chr(c) for c in range(0x21, 0x7f)] + [' ', '  ']


class Heights:
    """How deep a value of a shape must at least be: ends recursion."""

    def __init__(self):
        self.known = {}

    def fits(self, shape, depth):
        key = (shape.name, depth)
        if key not in self.known:
            self.known[key] = self._fits(shape, depth)
        return self.known[key]

    def _fits(self, shape, depth):
        if shape.type_name == 'list':
            return not shape.metadata.get('min') or (
                depth > 0 and self.fits(shape.member, depth - 1))
        if shape.type_name != 'structure' or shape.is_document_type:
            return True
        if depth == 0:
            return False
        inner = [self.fits(m, depth - 1) for m in shape.members.values()]
        if shape.is_tagged_union:
            return any(inner)
        required = shape.required_members
        return all(fit for name, fit in zip(shape.members, inner)
                   if name in required)

    def of(self, shape):
        return next(d for d in range(100) if self.fits(shape, d))


class Values:
    """One service's generator. `exact` says whether 64-bit integers and the
    difference of 1 and 1.0 survive in the Lua under test."""

    def __init__(self, seed, exact):
        self.rng = random.Random(seed)
        self.exact = exact
        self.heights = Heights()
        self.used = {}             # union member -> times taken
        self.nodes = 0
        self.lenient = False       # see `output`
        self.words = True          # "NaN" may be a float, 1.0 an integer
        self.simple = False        # letters and digits only

    def chance(self, p):
        return self.rng.random() < p

    # ---- what both directions share -----------------------------------

    def text(self, shape, letters=TEXT):
        meta = shape.metadata if shape else {}
        if getattr(shape, 'enum', None) and self.chance(0.7):
            return self.rng.choice(shape.enum)
        low = meta.get('min', 0)
        high = min(meta.get('max', low + 12), low + 12)
        n = self.rng.randint(low, max(low, high))
        if self.simple or self.chance(0.5):
            letters = [c for c in letters if c.isalnum()]
        return ''.join(self.rng.choice(letters) for _ in range(n))

    def integer(self, shape):
        meta = shape.metadata
        top = SAFE if shape.type_name == 'long' else 2 ** 31 - 1
        if self.exact and shape.type_name == 'long':
            top = 2 ** 63 - 1
        low = meta.get('min', -top - (0 if top == SAFE else 1))
        high = max(low, min(meta.get('max', top), top))
        pick = [low, high, self.rng.randint(low, high)]
        pick += [v for v in (0, 1, -1, 1000000) if low <= v <= high]
        return self.rng.choice(pick)

    def number(self, shape):
        low = shape.metadata.get('min')
        high = shape.metadata.get('max')
        if low is not None or high is not None:
            low = low if low is not None else high - 1000
            high = high if high is not None else low + 1000
            return self.rng.choice([float(low), self.rng.uniform(low, high)])
        return self.rng.choice([
            0.0, 1.0, -1.5, 0.1, 1 / 3, 1e300, -2.5e-300, 1e21, 1e15 + 0.5,
            123456789.0, self.rng.uniform(-1e6, 1e6), self.rng.randint(0, 99)])

    def bytes(self):
        if self.chance(0.1):
            return bytes(range(256))
        n = self.rng.choice([0, 1, 2, 3, 4, 31, 60])
        return bytes(self.rng.randrange(256) for _ in range(n))

    def moment(self):
        """Seconds since the epoch, with up to 6 decimals."""
        whole = self.rng.choice([
            0, 1, 951782400, 1767323045, 2147483648, 4102444799,
            self.rng.randint(1, 4 * 10 ** 9)])
        part = self.rng.choice([0, 0, 0.5, 0.678, 0.000001, 0.123456])
        return whole + part if part else whole

    def iso(self, moment):
        whole = int(moment)
        when = datetime.datetime.fromtimestamp(whole, datetime.timezone.utc)
        micros = round((moment - whole) * 1e6)
        return when, micros

    def document(self, depth=3, top=True):
        """Free JSON; not null at the top, where null means absent."""
        kinds = ['text', 'int', 'float', 'bool', 'list', 'object']
        if not top:
            kinds.append('null')
        kind = self.rng.choice(kinds)
        if depth == 0 and kind in ('list', 'object'):
            return {} if kind == 'object' else []
        if kind == 'text':
            return self.text(None)
        if kind == 'int':
            big = 2 ** 63 - 1 if self.exact else SAFE
            return self.rng.choice([0, 1, -7, SAFE, big, -big, 12345])
        if kind == 'float':
            return self.rng.choice([0.1, 1.0, -2.0, 1e100, 1e16, 5e-324,
                                    self.rng.uniform(-9, 9)])
        if kind == 'bool':
            return self.chance(0.5)
        if kind == 'null':
            return None
        n = self.rng.choice([0, 1, 2, 3])
        if kind == 'list':
            return [self.document(depth - 1, False) for _ in range(n)]
        return {self.rng.choice(['k', 'end', '1', 'a b', '\xe9']) + str(i):
                self.document(depth - 1, False) for i in range(n)}

    def union_members(self, shape, minimal, most):
        """Names of up to `most` members, the least used first."""
        names = list(shape.members)
        if minimal:
            cost = {n: self.heights.of(shape.members[n]) for n in names}
            names = [n for n in names if cost[n] == min(cost.values())]
        count = lambda n: self.used.get((shape.name, n), 0)
        names = sorted(names, key=lambda n: (count(n), self.rng.random()))
        for name in names[:most]:
            self.used[shape.name, name] = count(name) + 1
        return names[:most]

    def size(self, shape, minimal):
        low = shape.metadata.get('min', 0) if shape.type_name == 'list' else 0
        if minimal:
            return low
        high = max(low, min(shape.metadata.get('max', low + 3), low + 3))
        return self.rng.choice([max(low, min(1, high)), high, low]) \
            if low or self.chance(0.2) else max(1, min(2, high))

    def spent(self, depth):
        self.nodes += 1
        return depth >= MAX_DEPTH or self.nodes > MAX_NODES

    # ---- inputs --------------------------------------------------------

    def input(self, shape, minimal):
        self.nodes = 0
        if shape is None:
            return {}
        out = {}
        for name, member in shape.members.items():
            token = member.metadata.get('idempotencyToken')
            if member.serialization.get('eventstream'):
                continue
            if minimal and (token or name not in shape.required_members):
                continue
            place = member.serialization.get('location')
            out[name] = str(uuid.UUID(int=self.rng.getrandbits(128))) \
                if token else self.bound(member, place, minimal)
        return out

    def bound(self, shape, place, minimal):
        """A member outside the body, if `place` is one."""
        if shape.type_name == 'string' and place == 'uri':
            value = self.text(shape, LABEL)
            return value if value.strip('.') else self.plain(shape) or 'x'
        if shape.type_name == 'string' and place == 'header':
            return self.header_text(shape)
        if place == 'querystring' and shape.type_name == 'list':
            return [self.text(shape.member)
                    for _ in range(max(1, self.size(shape, minimal)))]
        return self.given(shape, 1, minimal)

    def plain(self, shape):
        """The shortest that is allowed."""
        return 'x' * shape.metadata.get('min', 0)

    def header_text(self, shape):
        """Blanks inside, none outside: those do not survive HTTP."""
        return re.sub('^ +| +$', lambda m: 'x' * len(m[0]),
                      self.text(shape, HEADER))

    def given(self, shape, depth, minimal):
        minimal = minimal or self.spent(depth)
        kind = shape.type_name
        if kind == 'structure':
            return self.given_structure(shape, depth, minimal)
        if kind == 'list':
            return self.given_list(shape, depth, minimal)
        if kind == 'map':
            return {self.text(shape.key) + str(i):
                    self.given(shape.value, depth + 1, minimal)
                    for i in range(self.size(shape, minimal))}
        if kind == 'string':
            return self.text(shape)
        if kind in ('integer', 'long'):
            return self.integer(shape)
        if kind in ('float', 'double'):
            bare = not {'min', 'max'} & set(shape.metadata)
            if bare and self.chance(0.1):
                return float(self.rng.choice(['nan', 'inf', '-inf']))
            return self.number(shape)
        if kind == 'boolean':
            return self.chance(0.5)
        if kind == 'blob':
            return self.bytes()
        return self.given_timestamp()

    def given_structure(self, shape, depth, minimal):
        if shape.is_document_type:
            return self.document(top=depth <= 1)
        names = shape.members
        if shape.is_tagged_union:
            names = self.union_members(shape, minimal, 1)
        elif minimal:
            names = shape.required_members
        return {n: self.given(shape.members[n], depth + 1, minimal)
                for n in names}

    def given_list(self, shape, depth, minimal):
        member = shape.member
        union = member.type_name == 'structure' and member.is_tagged_union
        if union and not minimal:
            names = self.union_members(member, False, 4)
            return [{n: self.given(member.members[n], depth + 2, False)}
                    for n in names]
        return [self.given(member, depth + 1, minimal)
                for _ in range(self.size(shape, minimal))]

    def given_timestamp(self):
        moment = self.moment()
        if self.chance(0.6):
            return moment
        when, micros = self.iso(moment)
        text = when.strftime('%Y-%m-%dT%H:%M:%S')
        if micros:
            text += '.%06d' % micros
        return text + self.rng.choice(['Z', '+00:00', '+05:30', '-08:00'])

    # ---- outputs -------------------------------------------------------

    def output(self, shape, minimal, lenient):
        """A JSON object for the wire. `lenient` adds what a service of the
        restJson protocol might send: unknown keys, nulls, odd forms."""
        self.nodes = 0
        self.lenient = lenient
        return self.sent(shape, 0, minimal)

    def sent(self, shape, depth, minimal):
        minimal = minimal or self.spent(depth)
        kind = shape.type_name
        if kind == 'structure':
            return self.sent_structure(shape, depth, minimal)
        if kind == 'list':
            return self.sent_list(shape, depth, minimal)
        if kind == 'map':
            return self.sent_map(shape, depth, minimal)
        if kind == 'string':
            return self.text(shape)
        if kind in ('integer', 'long'):
            value = self.integer(shape)
            odd = self.lenient and self.words and self.chance(0.05)
            return float(value) if odd and abs(value) <= SAFE else value
        if kind in ('float', 'double'):
            odd = self.lenient and self.words and self.chance(0.1)
            odd = odd and self.rng.choice(['NaN', 'Infinity', '-Infinity',
                                           10 ** 20])
            return odd or self.number(shape)
        if kind == 'boolean':
            return self.chance(0.5)
        if kind == 'blob':
            return base64.b64encode(self.bytes()).decode()
        return self.sent_timestamp()

    def sent_structure(self, shape, depth, minimal):
        if shape.is_document_type:
            return self.document()
        if shape.is_tagged_union:
            return self.sent_union(shape, depth, minimal)
        names = list(shape.required_members if minimal else shape.members)
        if self.lenient and self.chance(0.2):
            self.rng.shuffle(names)
        out = {}
        for name in names:
            wire = shape.members[name].serialization.get('name', name)
            if shape.members[name].serialization.get('location'):
                continue
            out[wire] = None if self.lenient and self.chance(0.03) else \
                self.sent(shape.members[name], depth + 1, minimal)
        if self.lenient and self.chance(0.1):
            out['xUnknown%d' % self.nodes] = self.document(2, False)
        return out

    def sent_union(self, shape, depth, minimal):
        if self.lenient and self.chance(0.05):
            return {'xFutureMember': self.document(2)}
        name, = self.union_members(shape, minimal, 1)
        out = {name: self.sent(shape.members[name], depth + 1, minimal)}
        if self.lenient and self.chance(0.1):
            out['__type'] = 'com.amazonaws.x#' + shape.name
        if self.lenient and self.chance(0.1):
            out.update({n: None for n in shape.members if n != name})
        return out

    def sent_list(self, shape, depth, minimal):
        member = shape.member
        if (member.type_name == 'structure' and member.is_tagged_union
                and not minimal):
            n = 4
        else:
            n = self.size(shape, minimal)
        out = [self.sent(member, depth + 1, minimal) for _ in range(n)]
        if self.lenient and self.chance(0.03):
            out.insert(self.rng.randint(0, n), None)
        return out

    def sent_map(self, shape, depth, minimal):
        out = {self.text(shape.key) + str(i):
               self.sent(shape.value, depth + 1, minimal)
               for i in range(self.size(shape, minimal))}
        # botocore itself trips over null for other kinds of value
        if self.lenient and shape.value.type_name == 'string' and \
                self.chance(0.05):
            out['none'] = None
        return out

    def sent_timestamp(self):
        moment = self.moment()
        if self.chance(0.1):
            moment = -moment
        form = self.rng.choice(['number', 'number', 'iso', 'iso', 'offset',
                                'text', 'http'])
        if form == 'number' or moment < 0:
            return moment
        when, micros = self.iso(moment)
        if form == 'text':
            return '%.6f' % moment if micros else str(int(moment))
        if form == 'http':
            return when.strftime('%a, %d %b %Y %H:%M:%S GMT')
        text = when.strftime('%Y-%m-%dT%H:%M:%S')
        if micros:
            text += self.rng.choice(['.%06d', '.%06d000']) % micros
        return text + ('Z' if form == 'iso' else
                       self.rng.choice(['+00:00', '-07:00', '+05:45']))

    def header(self, shape):
        """An output member in a header, as text."""
        kind = shape.type_name
        if kind == 'string':
            return self.header_text(shape)
        if kind == 'timestamp':
            when, _ = self.iso(int(self.moment()))
            return when.strftime('%a, %d %b %Y %H:%M:%S GMT')
        if kind == 'boolean':
            return self.rng.choice(['true', 'false'])
        return str(self.integer(shape))

    def json(self, value):
        """JSON text in one of the ways that services write it."""
        style = self.rng.choice([
            dict(), dict(ensure_ascii=False), dict(separators=(',', ':')),
            dict(indent=2), dict(indent=1, ensure_ascii=False)])
        return json.dumps(value, **style).encode()
