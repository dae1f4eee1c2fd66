"""Measures all contestants in one run and writes docs/benchmarks.md.

Started by bench/run.sh with a scratch folder that holds the built `raw`.
Every contestant is a process that reads a number of calls from its standard
input, makes them, and answers with its own CPU seconds; wall time is taken
here, around that exchange, so that it means the same for all of them.
"""
import contextlib
import http.server
import json
import os
import platform
import random
import re
import shutil
import socket
import statistics
import subprocess
import sys
import threading
import time

from report import write_report

WORK = sys.argv[1]
ROUNDS = int(os.environ.get("ROUNDS", 9))
CALLS = int(os.environ.get("CALLS", 4000))
WARM_UP = max(1, CALLS // 4)
SLICES = 20
COLD_ROUNDS = 3 * ROUNDS
IMAGE_CALLS = 5
IMAGE_SIZE = 15_000_000
MODULE = "build/lua5.4/bedrock.so"
IMAGE = f"{WORK}/image"
PROVIDER = "aws:amz:us-east-1:bedrock"

ANSWERS = {
    "CREATED": {
        "modelArn": "arn:aws:bedrock:us-east-1:123456789012:"
        "custom-model/imported/abcdef123456"
    },
    "CONVERSED": {
        "output": {
            "message": {"role": "assistant", "content": [{"text": "A cat."}]}
        },
        "stopReason": "end_turn",
        "usage": {"inputTokens": 9, "outputTokens": 3, "totalTokens": 12},
        "metrics": {"latencyMs": 1},
    },
}

# Nothing of the caller's environment reaches a contestant.
ENVIRONMENT = {
    "PATH": os.environ["PATH"],
    "HOME": WORK,
    "LC_ALL": "C.UTF-8",
    "AWS_EC2_METADATA_DISABLED": "true",
    "LUA_CPATH": "build/lua5.4/?.so;;",
    "NODE_PATH": "build/js/node_modules",
    "NODE_NO_WARNINGS": "1",
}


class Failure(Exception):
    pass


def say(text):
    print(f"bench: {text}", file=sys.stderr, flush=True)


# The contestants

def missing_contestants():
    """Why each contestant that cannot take part is left out."""
    missing = {}
    if not os.path.exists(MODULE):
        missing["c"] = f"{MODULE} does not exist"
    if not shutil.which("node"):
        missing["e"] = "node is not installed"
    else:
        for package in ("client-bedrock", "client-bedrock-runtime"):
            program = f"require('@aws-sdk/{package}')"
            done = subprocess.run(["node", "-e", program], env=ENVIRONMENT,
                                  capture_output=True, text=True)
            if done.returncode:
                error = re.search(r"^\w*Error.*", done.stderr, re.M)
                missing["e"] = error[0] if error else "the SDK does not load"
    for key, why in missing.items():
        say(f"*** LEFT OUT: ({key}) {why} ***")
    return missing


def command(key, operation, endpoint):
    image = [IMAGE] if operation == "converse" else []
    if key in "ab":
        files = f"{WORK}/{operation}"
        with open(files + ".path") as f:
            url = endpoint + f.read()
        provider = [PROVIDER] if key == "b" else []
        return [f"{WORK}/raw", url, f"{files}.headers-{key}",
                files + ".body"] + provider
    program = {
        "c": ["lua5.4", "bench/module.lua"],
        "d": ["build/venv/bin/python", "bench/peer_botocore.py"],
        "e": ["node", "bench/peer_sdk.js"],
    }[key]
    return program + [operation, endpoint] + image


class Contestant:
    """A running contestant; use it in a `with` statement."""

    def __init__(self, key, operation, endpoint):
        self.key = key
        self.process = subprocess.Popen(
            command(key, operation, endpoint), env=ENVIRONMENT, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait()

    def run(self, calls):
        """Makes that many calls; answers (CPU, wall) seconds for one."""
        start = time.perf_counter()
        self.process.stdin.write(f"{calls}\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        wall = time.perf_counter() - start
        if not answer:
            raise Failure(f"contestant ({self.key}) failed")
        return float(answer) / calls, wall / calls


# What they send

class Recorder(http.server.BaseHTTPRequestHandler):
    """Keeps the request and gives the fixed answer."""
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.request = (self.path, self.headers.items(), body)
        converse = self.path.endswith("/converse")
        answer = ANSWERS["CONVERSED" if converse else "CREATED"]
        data = json.dumps(answer).encode()
        self.send_response(200 if converse else 202)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_):
        pass


def record(key, operation):
    """The (path, headers, body) that one call of a contestant sends."""
    server = http.server.HTTPServer(("127.0.0.1", 0), Recorder)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    endpoint = f"http://127.0.0.1:{server.server_port}"
    with Contestant(key, operation, endpoint) as contestant:
        contestant.run(1)
    server.shutdown()
    server.server_close()
    return server.request


def write_request(operation, request):
    """The request as files for `raw`; (b) signs by itself."""
    path, headers, body = request
    signing = ("authorization", "x-amz-date", "x-amz-content-sha256")
    headers = [h for h in headers
               if h[0].lower() not in ("host", "content-length")]
    names = {name.lower() for name, _ in headers}
    # libcurl's own additions, which the request recorded does without
    off = [f"{name}:" for name in ("Accept", "User-Agent", "Expect")
           if name.lower() not in names]
    for key in "ab":
        lines = [f"{name}: {value}" for name, value in headers
                 if key == "a" or name.lower() not in signing]
        with open(f"{WORK}/{operation}.headers-{key}", "w") as f:
            f.write("\n".join(lines + off) + "\n")
    with open(f"{WORK}/{operation}.path", "w") as f:
        f.write(path)
    with open(f"{WORK}/{operation}.body", "wb") as f:
        f.write(body)


def agree_on_requests(keys):
    """All contestants must send the same JSON to the same place, signed.

    `raw` then posts the very bytes of the module (or of botocore, if the
    module is not there)."""
    for operation in ("create_custom_model", "converse"):
        recorded = {key: record(key, operation)
                    for key in keys if key not in "ab"}
        model = recorded["c" if "c" in recorded else "d"]
        write_request(operation, model)
        for key in "ab":
            recorded[key] = record(key, operation)
        if recorded["a"][2] != model[2]:
            raise Failure("raw does not post the same bytes")
        expected = json.loads(model[2])
        for key, (path, headers, body) in recorded.items():
            signed = dict((k.lower(), v) for k, v in headers)
            if path != model[0] or json.loads(body) != expected:
                raise Failure(f"({key}) sends another {operation}")
            if "AWS4-HMAC-SHA256" not in signed.get("authorization", ""):
                raise Failure(f"({key}) does not sign {operation}")
    say(f"all send the same requests, signed: {', '.join(sorted(recorded))}")


def make_image():
    data = random.Random(1).randbytes(IMAGE_SIZE)
    with open(IMAGE, "wb") as f:
        f.write(b"\x89PNG\r\n\x1a\n" + data[8:])


# The server

class Nginx:
    """nginx with the fixed answers, on a core of its own if there are two."""

    def __enter__(self):
        with socket.create_server(("127.0.0.1", 0)) as s:
            port = s.getsockname()[1]
        with open("bench/nginx.conf.in") as f:
            text = f.read()
        values = {"WORK": WORK, "PORT": str(port)}
        values |= {name: json.dumps(answer, separators=(",", ":"))
                   for name, answer in ANSWERS.items()}
        for name, value in values.items():
            text = text.replace(f"@{name}@", value)
        with open(f"{WORK}/nginx.conf", "w") as f:
            f.write(text)
        cores = sorted(os.sched_getaffinity(0))
        os.sched_setaffinity(0, cores[-1:])
        self.process = subprocess.Popen(
            ["nginx", "-p", WORK, "-e", "stderr", "-c", f"{WORK}/nginx.conf"])
        os.sched_setaffinity(0, cores[:-1] or cores)
        for _ in range(500):
            with socket.socket() as s:
                if s.connect_ex(("127.0.0.1", port)) == 0:
                    return f"http://127.0.0.1:{port}"
            time.sleep(0.01)
        raise Failure("nginx does not start")

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()


# The measurements

def measure_calls(keys, operation, endpoint, calls, warm_up):
    """{key: [(CPU, wall) of a call, one per round]}.

    Each round has new processes, which take turns with a slice of the calls,
    so that a disturbance of the machine meets all of them alike; a round
    counts as its median slice."""
    results = {key: [] for key in keys}
    slices = min(calls, SLICES)
    for number in range(ROUNDS):
        with contextlib.ExitStack() as stack:
            running = [stack.enter_context(
                Contestant(key, operation, endpoint)) for key in keys]
            for contestant in running:
                contestant.run(warm_up)
            times = {key: [] for key in keys}
            for _ in range(slices):
                for contestant in running:
                    times[contestant.key].append(
                        contestant.run(calls // slices))
        for key in keys:
            results[key].append(tuple(map(statistics.median, zip(*times[key]))))
        say(f"{operation}: round {number + 1} of {ROUNDS}")
    return results


def measure_process(argv, once):
    """(CPU, wall) seconds of a whole process that makes one call."""
    actions = [(os.POSIX_SPAWN_OPEN, 0, once, os.O_RDONLY, 0),
               (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)]
    start = time.perf_counter()
    pid = os.posix_spawnp(argv[0], argv, ENVIRONMENT, file_actions=actions)
    _, status, usage = os.wait4(pid, 0)
    wall = time.perf_counter() - start
    if status:
        raise Failure(f"cold start failed: {argv[0]}")
    return usage.ru_utime + usage.ru_stime, wall


def measure_cold_starts(keys, endpoint):
    once = f"{WORK}/once"
    with open(once, "w") as f:
        f.write("1\n")
    results = {key: [] for key in keys}
    for _ in range(COLD_ROUNDS):
        for key in keys:
            argv = command(key, "create_custom_model", endpoint)
            results[key].append(measure_process(argv, once))
    say("cold starts: done")
    return results


def count_instructions(keys, endpoint):
    """Instructions of a call in user space: the difference between 2n and n
    calls under callgrind."""
    def count(key, calls):
        done = subprocess.run(
            ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null"]
            + command(key, "create_custom_model", endpoint),
            env=ENVIRONMENT, input=f"{calls}\n", capture_output=True,
            text=True)
        found = re.search(r"Collected : (\d+)", done.stderr)
        if done.returncode or not found:
            raise Failure(f"callgrind failed for ({key})")
        return int(found[1])
    n = 200
    counts = {key: (count(key, 2 * n) - count(key, n)) / n
              for key in keys if key in "abc"}
    say("instruction counts: done")
    return counts


def measure_module():
    """Load time (s), heap after `require` (KiB) and stripped size (MB)."""
    program = """
        collectgarbage() collectgarbage()
        local before, start = collectgarbage "count", os.clock()
        local bedrock = require "bedrock"
        local took = os.clock() - start
        collectgarbage() collectgarbage()
        print(took, collectgarbage "count" - before)"""
    loads = []
    for _ in range(COLD_ROUNDS):
        done = subprocess.run(["lua5.4", "-e", program], env=ENVIRONMENT,
                              check=True, capture_output=True, text=True)
        took, heap = done.stdout.split()
        loads.append(float(took))
    stripped = f"{WORK}/stripped.so"
    subprocess.run(["strip", "-o", stripped, MODULE], check=True)
    return {"load": statistics.median(loads), "heap": float(heap),
            "size": os.path.getsize(stripped) / 1e6}


def first_line(*argv):
    done = subprocess.run(argv, capture_output=True, text=True)
    return (done.stdout + done.stderr).strip().split("\n")[0]


def machine():
    with open("/proc/cpuinfo") as f:
        model = re.search(r"model name\s*: (.*)", f.read())
    return {
        "cores": str(os.cpu_count()),
        "CPU": model[1] if model else platform.machine(),
        "kernel": f"{platform.system()} {platform.release()}",
        "C compiler": first_line("cc", "--version"),
        "libcurl": first_line("curl-config", "--version").split()[-1],
        "OpenSSL": " ".join(first_line("openssl", "version").split()[1:2]),
        "Lua": first_line("lua5.4", "-v").split()[1],
        "nginx": first_line("nginx", "-v").split("/")[-1],
        "botocore": os.environ["BOTOCORE"] + " on "
        + first_line("build/venv/bin/python", "--version"),
        "AWS SDK for JavaScript": os.environ["AWS_SDK_JS"] + " on node "
        + (first_line("node", "--version") if shutil.which("node") else "-"),
        "valgrind": first_line("valgrind", "--version").split("-")[-1],
    }


def main():
    missing = missing_contestants()
    # node's background threads are not to run into (a), the next in turn
    keys = [key for key in "abced" if key not in missing]
    make_image()
    agree_on_requests(keys)
    facts = {"rounds": ROUNDS, "calls": CALLS, "warm_up": WARM_UP,
             "slices": SLICES, "cold_rounds": COLD_ROUNDS,
             "image_calls": IMAGE_CALLS, "image_size": IMAGE_SIZE,
             "missing": missing, "machine": machine()}
    with Nginx() as endpoint:
        facts["create"] = measure_calls(
            keys, "create_custom_model", endpoint, CALLS, WARM_UP)
        facts["cold"] = measure_cold_starts(keys, endpoint)
        facts["image"] = measure_calls(
            keys[1:], "converse", endpoint, IMAGE_CALLS, 2)
        facts["instructions"] = count_instructions(keys, endpoint)
    facts["module"] = None if "c" in missing else measure_module()
    write_report(facts, "docs/benchmarks.md")
    if "c" in missing:
        raise Failure("the module itself was left out")


try:
    main()
except Failure as failure:
    sys.exit(f"bench: {failure}")
