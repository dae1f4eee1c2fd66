#!/bin/sh
# specs.sh SPEC...: run busted with $LUA on what lies in $BUILD.
# The lines of busted end in "N successes / M failures / ..."; they are kept
# in build/specs.log for .ci/run to count.
set -u

LUA_CPATH="$BUILD/?.so;;"
no_proxy='*'                 # everything is on loopback
export LUA_CPATH LUA BUILD no_proxy
if [ -n "${SANITIZED-}" ]; then
  LD_PRELOAD=$(gcc -print-file-name=libasan.so)
  ASAN_OPTIONS=detect_leaks=1:abort_on_error=0
  LSAN_OPTIONS=suppressions=spec/support/lsan.supp:print_suppressions=0
  UBSAN_OPTIONS=print_stacktrace=1
  export ASAN_OPTIONS LSAN_OPTIONS UBSAN_OPTIONS
fi

mkdir -p build
log=build/specs.$$.log
echo "== specs on $BUILD"
status=0
if [ -n "${SANITIZED-}" ]; then
  # The local Bedrock's own spec runs no code of ours, only other programs.
  timeout 900 env LD_PRELOAD="$LD_PRELOAD" "$LUA" /usr/bin/busted \
    -o plainTerminal --pattern=_spec --exclude-pattern=standin_spec \
    --exclude-tags=unsanitized "$@" >"$log" 2>&1 || status=$?
else
  timeout 900 "$LUA" /usr/bin/busted -o plainTerminal --pattern=_spec "$@" \
    >"$log" 2>&1 || status=$?
fi
cat "$log"
cat "$log" >>build/specs.log
rm -f "$log"
exit "$status"
