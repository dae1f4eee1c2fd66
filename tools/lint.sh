#!/bin/sh
# lint.sh MODULE.so: the rules of the house that a machine can check.
# Each rule prints its offenders; the last line counts rules that held.
set -u

passed=0
failed=0

rule() {                     # rule NAME OFFENDERS
  if [ -z "$2" ]; then
    passed=$((passed + 1))
  else
    failed=$((failed + 1))
    printf '%s:\n%s\n' "$1" "$2"
  fi
}

c_files=$(git ls-files '*.c' '*.h' | grep -v '^core/tables\.c$')
core_files=$(echo "$c_files" | grep '^core/')
face_files=$(echo "$c_files" | grep -v '^spec/\|^bench/')
lua_files=$(git ls-files '*.lua' '*.rockspec')

rule "luacheck" "$(luacheck -q --no-color --codes $lua_files 2>&1 |
  grep -v '^Total: 0 warnings / 0 errors')"
rule "lua.h in core/" \
  "$(grep -nE '#include *[<"](lua|lauxlib|lualib)' $core_files)"
rule "curl.h outside core/curl.c" \
  "$(grep -nE '#include *<curl/' $c_files |
     grep -v '^core/curl\.c:\|^bench/')"
rule "I/O in core/ outside sys and curl" \
  "$(grep -nwE '(time|gettimeofday|clock_gettime|getenv|fopen|open|rand|random|socket|system|popen) ?\(' \
     $core_files | grep -v '^core/\(sys\|curl\)\.c:' | grep -v '/\*.*\*/$')"
rule "functions that print, end the host or overrun" \
  "$(grep -nwE '(printf|fprintf|puts|exit|abort|sprintf|vsprintf|strcpy|strcat|atoi|strtok|gets) ?\(' \
     $face_files)"
rule "lines over 80 columns" \
  "$(awk 'length > 80 { print FILENAME ":" FNR }' $c_files $lua_files)"
rule "white space at line ends" \
  "$(grep -nE '[[:space:]]+$' $c_files $lua_files)"
rule "C files over 700 lines" \
  "$(wc -l $c_files | awk '$1 > 700 && $2 != "total"')"
rule "functions over 60 lines or 5 parameters" \
  "$(awk -f tools/functions.awk $face_files | awk '$2 > 60 || $3 > 5')"
rule "nine of ten functions have at most 30 lines" \
  "$(awk -f tools/functions.awk $face_files | awk '$2 > 30 { long++ }
     END { if (long * 10 > NR) print long " of " NR " are longer" }')"
rule "exported symbols" \
  "$(nm -D --defined-only "$1" | awk '{ print $NF }' |
     grep -v '^luaopen_bedrock$')"
rule "mutable data" \
  "$(for s in .data .bss; do objdump -h "$1" | awk -v s="$s" '
       $2 == s && s == ".data" && ("0x" $3) != "0x00000008" { print s, $3 }
       $2 == s && s == ".bss" && ("0x" $3) != "0x00000008" { print s, $3 }'
     done)"
rule "marks of unfinished work" \
  "$(grep -nE 'TODO|FIXME|XXX' $c_files $lua_files)"
rule "file names of this machine" "$(git grep -nIF "$PWD/" -- .)"

echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
