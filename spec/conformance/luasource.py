"""Python values as Lua source that Lua 5.1 to 5.4 read alike."""

import re

RESERVED = set('''and break do else elseif end false for function goto if in
local nil not or repeat return then true until while'''.split())


class Source:
    """A piece of Lua source that stands for itself, such as a function."""

    def __init__(self, text):
        self.text = text

    def __repr__(self):
        return '<lua %s>' % self.text


def string(value):
    """A short literal string; everything but plain ASCII as \\ddd."""
    if isinstance(value, str):
        value = value.encode()
    return '"' + re.sub(rb'[^ !#-\[\]-~]', lambda m: b'\\%03d' % m[0][0],
                        value).decode() + '"'


def number(value):
    if isinstance(value, int):
        if value == -2 ** 63:        # its literal would be a float
            return '(-9223372036854775807-1)'
        return '(%d)' % value if value < 0 else '%d' % value
    if value != value:
        return '(0/0)'
    if value in (float('inf'), float('-inf')):
        return '(1/0)' if value > 0 else '(-1/0)'
    text = '%.17g' % value
    if not re.search('[.e]', text):
        text += '.0'                 # or it would be an integer on 5.3+
    return '(%s)' % text if text[0] == '-' else text


def key(name):
    if re.fullmatch('[A-Za-z_][A-Za-z0-9_]*', name) and name not in RESERVED:
        return name
    return '[%s]' % string(name)


def document(value, pick):
    """Free JSON. Empty tables say what they are; others say so sometimes
    (`pick()` is a coin)."""
    if value is None:
        return 'bedrock.null'
    if isinstance(value, dict):
        body = '{%s}' % ', '.join(
            '%s = %s' % (key(k), document(v, pick)) for k, v in value.items())
        return 'bedrock.object' + body if not value or pick() else body
    if isinstance(value, list):
        body = '{%s}' % ', '.join(document(v, pick) for v in value)
        return 'bedrock.array' + body if not value or pick() else body
    return plain(value)


def plain(value):
    """By the value's own type, where no shape tells more."""
    if value is None:
        return 'bedrock.null'
    if isinstance(value, Source):
        return value.text
    if isinstance(value, bool):
        return 'true' if value else 'false'
    if isinstance(value, (int, float)):
        return number(value)
    if isinstance(value, (str, bytes)):
        return string(value)
    if isinstance(value, (list, tuple)):
        return '{%s}' % ', '.join(plain(v) for v in value)
    return '{%s}' % ', '.join(
        '%s = %s' % (key(k), plain(v)) for k, v in value.items())


def of_shape(value, shape, pick):
    """A value that should be of `shape`; it may deviate (invalid inputs)."""
    kind = shape.type_name if shape is not None else None
    if kind == 'structure' and shape.is_document_type:
        return document(value, pick)
    if kind == 'list' and isinstance(value, list):
        return '{%s}' % ', '.join(
            of_shape(v, shape.member, pick) for v in value)
    if kind == 'map' and isinstance(value, dict):
        return '{%s}' % ', '.join(
            '%s = %s' % (key(k), of_shape(v, shape.value, pick))
            for k, v in value.items())
    if kind == 'structure' and isinstance(value, dict):
        return '{%s}' % ', '.join(
            '%s = %s' % (key(k), of_shape(v, shape.members.get(k), pick))
            for k, v in value.items())
    return plain(value)
