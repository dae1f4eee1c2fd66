"""Runs cases in Lua and reads what the runner wrote down."""

import os
import subprocess
import tempfile

from server import Server

HERE = os.path.dirname(os.path.abspath(__file__))
PATIENCE = 300                             # seconds for one process
# Anything else in the environment might change what the module does.
KEPT = ('PATH', 'LD_PRELOAD', 'LD_LIBRARY_PATH', 'ASAN_OPTIONS',
        'LSAN_OPTIONS', 'UBSAN_OPTIONS')


class Null:
    """bedrock.null, apart from None for what is absent."""

    def __repr__(self):
        return 'null'


NULL = Null()


class Table:
    def __init__(self, mark, pairs):
        self.mark = mark                   # '[' array, '(' object, '{' plain
        self.pairs = pairs                 # [(key, value)]
        self.map = {k: v for k, v in pairs}

    def get(self, name):
        """A field by its name."""
        return self.map.get(name.encode())

    def list(self):
        """Elements 1..n, or None when there are other keys."""
        n = len(self.pairs)
        keys = range(1, n + 1)
        if any(k not in self.map for k in keys):
            return None
        return [self.map[k] for k in keys]

    def __repr__(self):
        return show(self)


class Stream:
    """A value that is no data, and what could be read from it."""

    def __init__(self, kind, content):
        self.kind = kind
        self.content = content

    def __repr__(self):
        return '<%s %r>' % (self.kind, self.content)


def show(value):
    if isinstance(value, Table):
        parts = value.list()
        if parts:
            return '{%s}' % ', '.join(show(v) for v in parts)
        return '{%s}' % ', '.join('%s=%s' % (
            k.decode('utf-8', 'replace') if isinstance(k, bytes) else k,
            show(v)) for k, v in value.pairs)
    return repr(value)


def load(words):
    """One value from an iterator over the dump's words."""
    word = next(words)
    tag, rest = word[0], word[1:]
    if tag in '{[(':
        pairs = []
        while True:
            k = load(words)
            if k is StopIteration:
                return Table(tag, pairs)
            pairs.append((k, load(words)))
    if tag == '}':
        return StopIteration
    if tag == 'S':
        return bytes.fromhex(rest)
    if tag == 'I':
        return int(rest)
    if tag == 'D':
        return float(rest)
    if tag == 'U':
        return Stream(bytes.fromhex(rest).decode(), load(words))
    return {'T': True, 'F': False, 'Z': NULL, 'N': None}[tag]


class Outcome:
    """What a case gave: word 'ok', 'err' or 'raise', and its values."""

    def __init__(self, word, values):
        self.word = word
        self.values = values
        self.first = values[0] if values else None
        self.second = values[1] if len(values) > 1 else None

    def __repr__(self):
        return '%s %s' % (self.word, ', '.join(map(show, self.values)))

    def code(self):
        """err.code, or what came instead, in words."""
        if self.word == 'err' and isinstance(self.first, Table):
            code = self.first.get('code')
            return code.decode() if isinstance(code, bytes) else repr(code)
        return self.word


class Case:
    """`code`: Lua source of a function body that returns the outcome."""

    def __init__(self, name, code, answer=None):
        self.name = name
        self.code = code
        self.answer = answer
        self.id = None
        self.outcome = None
        self.requests = []


class Lua:
    """An interpreter and the folder with its bedrock.so."""

    def __init__(self, lua, cpath):
        self.lua = lua
        self.cpath = os.path.abspath(cpath)
        self.integers = self.ask('math.type ~= nil') == 'true'
        self.faults = []           # crashes, hangs, broken HTTP

    def ask(self, expression):
        return subprocess.run(
            [self.lua, '-e', 'io.write(tostring(%s))' % expression],
            check=True, capture_output=True, text=True).stdout

    def run(self, cases, preamble='', workers=2):
        """Run all cases, spread over processes; fill in their outcomes and
        requests. PORT stands for the server's port in the source."""
        with tempfile.TemporaryDirectory() as folder:
            batches = [Batch(self, cases[i::workers], preamble, folder, i)
                       for i in range(workers) if cases[i::workers]]
            for batch in batches:
                batch.start()
            for batch in batches:
                batch.finish()
        return sum(b.server.connections for b in batches)


class Batch:
    """The part of the cases that one process runs."""

    def __init__(self, lua, cases, preamble, folder, number):
        self.lua = lua
        self.cases = cases
        base = os.path.join(folder, str(number))
        self.source, self.output = base + '.lua', base + '.out'
        announcements = base + '.case'
        self.server = Server(announcements)
        self.command = [lua.lua, os.path.join(HERE, 'runner.lua'), lua.cpath,
                        self.source, self.output, announcements]
        for i, case in enumerate(cases):
            case.id = 'c%d' % i
            self.server.answers[case.id] = case.answer
        with open(self.source, 'w') as f:
            f.write(preamble.replace('PORT', str(self.server.port)) + '\n')
            for case in cases:
                f.write('case("%s", function()\n%s\nend)\n'
                        % (case.id, case.code))

    def start(self):
        self.process = subprocess.Popen(
            self.command, env={k: os.environ[k] for k in KEPT
                               if k in os.environ},
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

    def finish(self):
        try:
            text = self.process.communicate(timeout=PATIENCE)[0]
        except subprocess.TimeoutExpired:
            self.process.kill()
            text = b'killed after %d seconds; ' % PATIENCE + \
                self.process.communicate()[0]
        text = text.decode('utf-8', 'replace')[-2000:]
        self.server.close()
        outcomes = self.read()
        for case in self.cases:
            case.requests = self.server.requests.get(case.id, [])
            case.outcome = outcomes.get(case.id) or Outcome(
                'died', ['before or in this case'])
        self.lua.faults += [('server', 'good HTTP', fault)
                            for fault in self.server.faults]
        if self.process.returncode or text:
            self.lua.faults.append(('process', 'exit status 0, no output', (
                self.process.returncode, text)))

    def read(self):
        outcomes = {}
        if not os.path.exists(self.output):
            return outcomes
        with open(self.output) as f:
            for line in f:
                if not line.endswith('\n'):
                    break                  # cut off: the process died
                name, word, rest = line.rstrip('\n').split('\t')
                words, values = iter(rest.split()), []
                while True:
                    try:
                        values.append(load(words))
                    except StopIteration:
                        break
                outcomes[name] = Outcome(word, values)
        return outcomes
