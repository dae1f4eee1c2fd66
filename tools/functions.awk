# functions.awk FILE...: one line a C function: file:line, lines, parameters.
# Relies on the house style: a definition begins in column 1 and ends with a
# brace in column 1.
function count (text, n) {
  if (text ~ /\( *(void)? *\)/) return 0
  n = gsub(/,/, ",", text)
  return n + 1
}
FNR == 1 { head = ""; open = 0 }
!open && /^[a-zA-Z].*\(/ && !/;[ \t]*$/ && !/^#|^typedef|=/ {
  head = $0; start = FNR
  if ($0 ~ /\{[ \t]*$/) open = 1
  next
}
!open && head != "" {
  head = head $0
  if ($0 ~ /;[ \t]*$/) head = ""
  else if ($0 ~ /\{[ \t]*$/) open = 1
  next
}
open && /^}/ {
  sub(/\{[ \t]*$/, "", head)
  print FILENAME ":" start, FNR - start + 1, count(head)
  head = ""; open = 0
}
