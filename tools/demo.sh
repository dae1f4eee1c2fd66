#!/bin/sh
# Runs the example against the local Bedrock: starts it on a free port, ends
# it in any case, and gives the example's exit status. Needs a built module.
set -eu
cd "$(dirname "$0")/.."

directory=$(mktemp -d)
server=
finish() {
  if [ -n "$server" ]; then
    kill "$server" 2>/dev/null || true
    wait "$server" 2>/dev/null || true
  fi
  rm -rf "$directory"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

AWS_ACCESS_KEY_ID=AKIDEXAMPLE
AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY
export AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY
unset AWS_SESSION_TOKEN AWS_BEARER_TOKEN_BEDROCK
no_proxy=127.0.0.1 NO_PROXY=127.0.0.1
export no_proxy NO_PROXY

# Opening the pipe waits until the server has opened it too.
mkfifo "$directory/ready"
lua5.4 spec/standin/main.lua >"$directory/ready" &
server=$!
read -r word url rest <"$directory/ready" || true
if [ "${word:-}" != ready ]; then
  echo "demo: the local Bedrock did not start" >&2
  exit 1
fi
echo "The local Bedrock listens at $url"

BEDROCK_ENDPOINT=$url LUA_CPATH="build/lua5.4/?.so;;" \
  lua5.4 examples/create_custom_model.lua
