"""Counts comparisons and keeps the differences of each section."""

SHOWN = 20


def short(value, room=160):
    value = repr(value)
    return value if len(value) <= room else value[:room - 3] + '...'


class Report:
    def __init__(self):
        self.passed = self.failed = 0
        self.section = None

    def begin(self, title):
        self.section = title
        self.start = self.passed, self.failed
        self.lines = []
        self.notes = []

    def note(self, line):
        self.notes.append(line)

    def check(self, name, differences):
        """One comparison; `differences`: (path, wanted, got) each."""
        differences = list(differences)
        if not differences:
            self.passed += 1
            return
        self.failed += 1
        for path, want, got in differences[:3]:
            self.lines.append('  %s: %s: wanted %s, got %s' % (
                name, path, short(want), short(got)))
        if len(differences) > 3:
            self.lines.append('  %s: and %d more' % (
                name, len(differences) - 3))

    def end(self):
        passed = self.passed - self.start[0]
        failed = self.failed - self.start[1]
        print('%-12s %5d passed, %d failed' % (
            self.section, passed, failed))
        for line in self.notes:
            print('  ' + line)
        for line in self.lines[:SHOWN]:
            print(line)
        if len(self.lines) > SHOWN:
            print('  ... and %d more lines' % (len(self.lines) - SHOWN))
