"""Valid inputs made invalid, or harmlessly odd, at a random place."""

from luasource import Source

FUNCTION = Source('print')
NOT_UTF8 = b'caf\xe9'
# What no value of a type can be. Lua has one kind of table: `{}` would do
# for a list, a map and a structure, so the tables here are never empty.
WRONG = {
    'structure': ['text', 7, True, ['x'], FUNCTION],
    'list': ['text', 7, True, {'a': 'x'}, FUNCTION],
    'map': ['text', 7, True, ['x'], FUNCTION],
    'string': [7, 1.5, True, {'a': 1}, ['x'], NOT_UTF8, FUNCTION],
    'integer': ['7', 1.5, {'a': 1}, [1], FUNCTION],
    'long': ['7', 1.5, {'a': 1}, [1], FUNCTION],
    'float': ['7', {'a': 1}, [1], FUNCTION],
    'double': ['7', {'a': 1}, [1], FUNCTION],
    'boolean': ['true', 0, 1, {'a': 1}, FUNCTION],
    'blob': [7, True, {'a': 1}, ['x'], FUNCTION],
    'timestamp': ['not a time', '2026-13-45', {'a': 1}, [1], FUNCTION],
}


class Site:
    """Where a value of a shape stands: holder[key]."""

    def __init__(self, holder, key, shape, place=None):
        self.holder = holder
        self.key = key
        self.shape = shape
        self.place = place                 # of a top-level member

    @property
    def value(self):
        return self.holder[self.key]

    def put(self, value):
        self.holder[self.key] = value


def sites(holder, key, shape, place=None):
    site = Site(holder, key, shape, place)
    value, kind = site.value, shape.type_name
    yield site
    if kind == 'structure' and not shape.is_document_type and \
            isinstance(value, dict):
        for name in [n for n in value if n in shape.members]:
            member = shape.members[name]
            yield from sites(value, name, member,
                             member.serialization.get('location'))
    elif kind == 'list' and isinstance(value, list):
        for i in range(len(value)):
            yield from sites(value, i, shape.member)
    elif kind == 'map' and isinstance(value, dict):
        for name in value:
            yield from sites(value, name, shape.value)


def changes(site, values, top):
    """(kind, function) for everything that can be done to a site."""
    rng, shape = values.rng, site.shape
    kind, value = shape.type_name, site.value
    low = shape.metadata.get('min', 0)
    document = kind == 'structure' and shape.is_document_type
    if kind == 'structure' and not document and isinstance(value, dict):
        yield from structure_changes(shape, value, values, top)
    if top:
        return
    if not document:
        wrong = rng.choice(WRONG[kind])
        yield 'type of ' + kind, lambda: site.put(wrong)
        yield 'null', lambda: site.put(None)
    else:
        yield 'function in document', lambda: site.put(
            rng.choice([FUNCTION, {'k': FUNCTION}, [1, FUNCTION]]))
    if kind in ('integer', 'long', 'float', 'double', 'timestamp'):
        yield 'boolean for number', lambda: site.put(True)
    if kind in ('integer', 'long', 'float', 'double') and \
            'min' in shape.metadata:
        step = 1 if kind in ('integer', 'long') else 0.25
        yield 'below minimum', lambda: site.put(low - step)
    if kind in ('integer', 'long', 'float', 'double') and \
            shape.metadata.get('max', 2 ** 31) < 2 ** 31 - 1:
        yield 'above maximum', lambda: site.put(shape.metadata['max'] + 1)
    if kind == 'string':
        yield from string_changes(site, low)
    if kind == 'list' and low > 0 and isinstance(value, list):
        yield 'short list', lambda: site.put(value[:low - 1])
    if kind == 'list' and low == 0:
        yield 'empty list', lambda: site.put([])
    if kind in ('blob', 'map'):
        yield 'empty ' + kind, lambda: site.put({} if kind == 'map' else b'')


def string_changes(site, low):
    if low > 0:
        yield 'short string', lambda: site.put('x' * (low - 1))
        yield 'short string of wide characters', \
            lambda: site.put('\u20ac' * (low - 1))
    elif site.place == 'uri':
        yield 'empty label', lambda: site.put('')
    else:
        yield 'empty string', lambda: site.put('')
    if 'max' in site.shape.metadata and site.shape.metadata['max'] < 5000:
        yield 'long string', lambda: site.put(
            'x' * (site.shape.metadata['max'] + 1))
    if getattr(site.shape, 'enum', None) and low < 9:
        yield 'new enum value', lambda: site.put('BRAND_NEW_1')


def structure_changes(shape, value, values, top):
    rng = values.rng
    required = [n for n in shape.required_members if n in value and not
                shape.members[n].metadata.get('idempotencyToken')]
    if required:
        name = rng.choice(required)
        yield 'missing', lambda: value.pop(name)
    typo = rng.choice(list(shape.members) or ['x'])
    typo = rng.choice([typo[:-1] + '_', typo.lower() + 'X', 'zzz'])
    if typo not in shape.members:
        yield 'unknown', lambda: value.__setitem__(typo, 'x')
    yield 'unknown and odd', lambda: value.__setitem__(
        rng.choice(['a\0b', 'caf\xe9', 'x.y', 'a b']), 'x')
    if shape.is_tagged_union and not top:
        yield 'empty union', value.clear
        other = [n for n in shape.members if n not in value]
        if other:
            extra = rng.choice(other)
            yield 'two of a union', lambda: value.__setitem__(
                extra, values.given(shape.members[extra], 3, True))


def mutate(params, shape, values):
    """Change `params` in place; the kinds of change, or [] for none."""
    done = []
    for _ in range(2 if values.chance(0.2) else 1):
        found = {}
        for site in sites({'input': params}, 'input', shape):
            for kind, change in changes(site, values, site.key == 'input'
                                        and site.value is params):
                found.setdefault(kind, []).append(change)
        if found:
            kind = values.rng.choice(sorted(found))
            values.rng.choice(found[kind])()
            done.append(kind)
    return done
