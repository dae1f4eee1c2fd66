#!/bin/sh
# needs.sh PACKAGE...: install the Debian packages that are missing.
# Asks for root only when something is missing.
set -eu

missing=
for package in "$@"; do
  state=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) || true
  [ "$state" = installed ] || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

echo "Installing:$missing"
root=
if [ "$(id -u)" != 0 ]; then
  command -v sudo >/dev/null || {
    echo "As root: apt-get install$missing" >&2
    exit 1
  }
  root=sudo
fi
$root apt-get update -qq
# shellcheck disable=SC2086
$root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq \
  --no-install-recommends $missing >/dev/null
