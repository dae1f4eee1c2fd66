#!/bin/sh
# make bench: measures this module beside bare libcurl and its peers, and
# writes docs/benchmarks.md. ROUNDS and CALLS in the environment make it short.
set -eu
cd "$(dirname "$0")/.."

BOTOCORE=1.43.67
AWS_SDK_JS=3.1164.0
export BOTOCORE AWS_SDK_JS

root=
[ "$(id -u)" -eq 0 ] || root=sudo

install() {
  echo "bench: installing the Debian package $1" >&2
  $root apt-get install -y -q "$1" >&2 ||
    { $root apt-get update -q >&2 && $root apt-get install -y -q "$1" >&2; }
}

# need COMMAND PACKAGE: installs the Debian package if the command is missing.
need() {
  command -v "$1" >/dev/null || install "$2"
}

PATH=$PATH:/usr/sbin:/sbin
need cc gcc
need strip binutils
need curl-config libcurl4-openssl-dev
need lua5.4 lua5.4
need nginx nginx-light
need valgrind valgrind
need python3 python3
need openssl openssl
python3 -c 'import ensurepip' 2>/dev/null || install python3-venv
# A peer that cannot be had is left out, and the table says why.
need node nodejs || echo "bench: no node" >&2
need npm npm || echo "bench: no npm" >&2

work=$(mktemp -d)
bench=
cleanup() {
  [ -z "$bench" ] || kill "$bench" 2>/dev/null || :
  [ ! -s "$work/nginx.pid" ] || kill "$(cat "$work/nginx.pid")" || :
  rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 1' HUP INT TERM
chmod 711 "$work"       # nginx's worker, not root, must reach its socket

cc -O2 -Wall -Wextra -o "$work/raw" bench/raw.c $(curl-config --libs)

[ -x build/venv/bin/python ] || python3 -m venv build/venv
build/venv/bin/python -c "import botocore
assert botocore.__version__ == '$BOTOCORE'" 2>/dev/null ||
  build/venv/bin/pip install -q "botocore==$BOTOCORE"

sdk_is() {
  grep -qs "\"version\": \"$AWS_SDK_JS\"" \
    "build/js/node_modules/@aws-sdk/$1/package.json"
}
if command -v npm >/dev/null && ! { sdk_is client-bedrock &&
                                    sdk_is client-bedrock-runtime; }; then
  mkdir -p build/js
  npm install --prefix build/js --no-audit --no-fund --loglevel=error \
    "@aws-sdk/client-bedrock@$AWS_SDK_JS" \
    "@aws-sdk/client-bedrock-runtime@$AWS_SDK_JS" >&2 ||
    echo "bench: the AWS SDK for JavaScript could not be installed" >&2
fi

# In the background, so that a signal is answered at once.
python3 -B bench/bench.py "$work" &
bench=$!
status=0
wait "$bench" || status=$?
bench=
exit "$status"
