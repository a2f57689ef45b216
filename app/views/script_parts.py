"""The fixed parts of the script: its head, its options, and its functions, of which only those that are called are written."""

from __future__ import annotations

HEAD = """#!/usr/bin/env bash
# A walk of an MCP gateway's OAuth flow, written by MCP Flow Explorer. Needs bash, curl, jq and openssl.
# shellcheck disable=SC1003,SC2016  # text of strangers stands in single quotes so that nothing in it expands"""

OPTIONS = """set -euo pipefail
umask 077
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
head=$room/head
body=$room/body
status=''
differs=0"""

FUNCTIONS = {
    "say": r"""say() { printf '\n=== %s\n' "$1"; }""",
    "die": r"""die() {
  printf '%s\n' "$1" >&2
  exit 1
}""",
    "shown": r"""# shown: what a stranger wrote, without characters that a terminal would obey
shown() { LC_ALL=C tr -d '\000-\010\013-\037\177' | LC_ALL=C sed $'s/\xc2[\x80-\x9f]//g'; }""",
    "ask": r"""# ask METHOD URL curl-arguments...: sets `status`, keeps head and body in files, shows both
ask() {
  local method=$1 url=$2
  shift 2
  printf '\n%s %s\n' "$method" "$url" | shown
  : >"$head"
  : >"$body"
  status=$(curl -q -sS -g --proto '=http,https' --max-time 30 -X "$method" \
    -D "$head" -o "$body" -w '%{http_code}' "$@" --url "$url") || status=000
  shown <"$head"
  { jq . "$body" 2>/dev/null || head -c 2000 "$body"; } | shown
}""",
    "expect": r"""# expect STATUS: compares with what came in the run, and counts
expect() {
  if [ "$status" = "$1" ]; then
    printf '\n[as in the run: %s]\n' "$1"
  else
    printf '\n[DIFFERS: %s, the run got %s]\n' "$status" "$1"
    differs=$((differs + 1))
  fi
}""",
    "member": r"""# member FILTER: a text out of the JSON answer
member() { jq -er "$1 | strings" "$body" 2>/dev/null || die "The answer has no $1, so the walk ends here."; }""",
    "header_of": r"""# header_of NAME: the values of a header of the answer; the name in lower case
header_of() { awk -v name="$1" 'index(tolower($0), name ":") == 1 { sub(/^[^:]*:[ \t]*/, ""); sub(/\r$/, ""); print }' "$head"; }""",
    "challenge_part": r"""# challenge_part NAME: a parameter of the WWW-Authenticate header
challenge_part() {
  local found
  found=$(header_of www-authenticate | sed -n -e "s/.*[ ,]$1=\"\([^\"]*\)\".*/\1/p" -e "s/.*[ ,]$1=\([^\", ]\{1,\}\).*/\1/p" | head -n 1)
  [ -n "$found" ] || die "The challenge has no $1, so the walk ends here."
  printf '%s' "$found"
}""",
    "encode": r"""encode() { jq -rn --arg text "$1" '$text | @uri'; }""",
    "with_query": r"""# with_query URL NAME VALUE...: the URL with a query, percent-encoded
with_query() {
  local url=$1 mark='?'
  shift
  while [ $# -gt 1 ]; do
    url+="$mark$(encode "$1")=$(encode "$2")"
    mark='&'
    shift 2
  done
  printf '%s' "$url"
}""",
    "basic": r"""# basic ID SECRET: HTTP Basic, both halves encoded first (RFC 6749 section 2.3.1)
basic() { printf '%s:%s' "$(encode "$1")" "$(encode "$2")" | openssl base64 -A; }""",
    "challenge_of": r"""# challenge_of VERIFIER: S256 (RFC 7636 section 4.2)
challenge_of() { printf %s "$1" | openssl dgst -sha256 -binary | openssl base64 -A | tr '+/' '-_' | tr -d '='; }""",
    "in_browser": r"""# in_browser URL: you sign in and agree, and bring back the address that the browser ends at
in_browser() {
  printf '\nOpen this address in your browser, sign in and agree:\n\n'
  printf '%s\n' "$1" | shown
  printf '\nThe browser ends at %s with a code behind it.\nPaste that whole address: ' "$redirect_uri"
  read -r callback || die 'No address came.'
}""",
    "decode": r"""decode() {
  local text=${1//+/ }
  text=${text//\\/\\\\}
  printf '%b' "${text//%/\\x}"
}""",
    "answered": r"""# answered NAME: a parameter of the pasted address
answered() {
  local query=${callback#*\?} pair
  local -a pairs
  IFS='&' read -r -a pairs <<<"${query%%#*}"
  for pair in "${pairs[@]}"; do
    if [ "${pair%%=*}" = "$1" ]; then
      decode "${pair#*=}"
      return
    fi
  done
  die "The address holds no $1. Where it holds an error, the server refused."
}""",
    "same_state": r"""# same_state STATE: the answer belongs to this request, or nothing of it is used
same_state() { [ "$(answered state)" = "$1" ] || die 'The state differs: this answer belongs to another request.'; }""",
    "finish": r"""finish() {
  if [ "$differs" -eq 0 ]; then
    printf '\nEvery answer was as in the run.\n'
  else
    printf '\nAnswers that differ from the run: %s\n' "$differs"
    exit 1
  fi
}""",
}
