"""A small HTTP/1.1 server on loopback that keeps every request as it came
and gives the answer prepared for its case."""

import http.client
import socket
import threading


class Request:
    """A request as bytes: what stands on the wire, nothing decoded."""

    def __init__(self, method, target, headers, body):
        self.method = method
        self.target = target               # path and query, as sent
        self.headers = headers             # [(name, value)] in order
        self.body = body

    def all(self, name):
        name = name.lower()
        return [v for n, v in self.headers if n.lower() == name]

    def get(self, name):
        values = self.all(name)
        return values[0] if values else None

    @property
    def path(self):
        return self.target.partition('?')[0]

    @property
    def query(self):
        text = self.target.partition('?')[2]
        return text.split('&') if text else []


def answer(status, headers, body, chunked=False, close=False):
    """The bytes of a response."""
    reason = http.client.responses.get(status, 'Unknown')
    lines = ['HTTP/1.1 %d %s' % (status, reason)]
    lines += ['%s: %s' % h for h in headers]
    if close:
        lines.append('Connection: close')
    if chunked:
        lines.append('Transfer-Encoding: chunked')
        half = len(body) // 2
        body = b''.join(b'%x\r\n%s\r\n' % (len(part), part)
                        for part in (body[:half], body[half:]) if part)
        body += b'0\r\n\r\n'
    elif status != 204:
        lines.append('Content-Length: %d' % len(body))
    return '\r\n'.join(lines).encode('latin-1') + b'\r\n\r\n' + body


class Server:
    """`answers`: case id -> bytes; `requests`: case id -> [Request]. The
    client writes the id of the case that it begins to `announcements`."""

    def __init__(self, announcements):
        self.announcements = announcements
        self.answers = {}
        self.requests = {}
        self.connections = 0
        self.faults = []
        self.socket = socket.create_server(('127.0.0.1', 0))
        self.port = self.socket.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def close(self):
        self.socket.close()

    def accept(self):
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            self.connections += 1
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=self.serve, args=(connection,),
                             daemon=True).start()

    def serve(self, connection):
        stream = connection.makefile('rb')
        try:
            while True:
                request = self.read(stream, connection)
                if request is None or not self.reply(connection, request):
                    break
        except ValueError as e:
            self.faults.append(str(e))
        except OSError:
            pass                           # the client hung up
        finally:
            stream.close()
            connection.close()

    def read(self, stream, connection):
        line = stream.readline()
        if not line:
            return None
        method, target, version = line.decode('latin-1').rstrip().split(' ')
        if version != 'HTTP/1.1':
            raise ValueError('version ' + version)
        headers = []
        for line in iter(stream.readline, b'\r\n'):
            name, colon, value = line.decode('latin-1').partition(':')
            if not colon:
                raise ValueError('header line %r' % line)
            headers.append((name, value.strip(' \t\r\n')))
        request = Request(method, target, headers, b'')
        if request.get('expect'):
            connection.sendall(b'HTTP/1.1 100 Continue\r\n\r\n')
        request.body = stream.read(int(request.get('content-length') or 0))
        return request

    def reply(self, connection, request):
        """Send the case's answer; false when the connection ends with it."""
        with open(self.announcements) as f:
            case = f.read()
        self.requests.setdefault(case, []).append(request)
        data = self.answers.get(case) or answer(
            500, [], b'{"message":"no answer was prepared"}')
        connection.sendall(data)
        head = data.partition(b'\r\n\r\n')[0]
        return b'\r\nConnection: close' not in head
