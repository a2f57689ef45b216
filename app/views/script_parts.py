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
    "b64": r"""b64() { openssl base64 -A | tr '+/' '-_' | tr -d '='; }""",
    "unhex": r"""unhex() { while read -r -n 2 octet; do [ -z "$octet" ] || printf '%b' "\\x$octet"; done <<<"$1"; }""",
    "new_key": r"""new_key() { openssl ecparam -name prime256v1 -genkey -noout -out "$room/$1.pem"; }""",
    "public_jwk": r"""# public_jwk KEY: its public half (RFC 7517)
public_jwk() {
  local hex
  hex=$(openssl ec -in "$room/$1.pem" -pubout -outform DER 2>/dev/null | tail -c 64 | od -An -v -tx1 | tr -d ' \n')
  jq -cn --arg x "$(unhex "${hex:0:64}" | b64)" --arg y "$(unhex "${hex:64}" | b64)" '{kty: "EC", crv: "P-256", x: $x, y: $y}'
}""",
    "sign_jwt": r"""# sign_jwt KEY HEADER CLAIMS: ES256, the two numbers of the signature at 32 bytes each (RFC 7518 section 3.4)
sign_jwt() {
  local text hex
  text=$(printf %s "$2" | b64).$(printf %s "$3" | b64)
  hex=$(printf %s "$text" | openssl dgst -sha256 -sign "$room/$1.pem" | openssl asn1parse -inform DER |
    sed -n 's/.*INTEGER *://p' | while read -r number; do printf '%64s' "$number" | tr ' ' 0; done)
  printf '%s.%s' "$text" "$(unhex "$hex" | b64)"
}""",
    "origin_of": r"""origin_of() { printf 'nonce-%s' "$(sed -E 's|^([a-zA-Z]+://[^/?#]+).*|\1|' <<<"$1" | b64)"; }""",
    "keep_nonce": r"""# keep_nonce URL: the newest DPoP-Nonce of an origin goes into the next proof for it (RFC 9449 section 8.2)
keep_nonce() {
  local found
  found=$(header_of dpop-nonce | head -n 1)
  [ -z "$found" ] || printf %s "$found" >"$room/$(origin_of "$1")"
}""",
    "prove_dpop": r"""# prove_dpop METHOD URL [TOKEN]: a proof of possession for one request (RFC 9449 section 4.2)
prove_dpop() {
  local ath='' nonce='' claims kept
  kept=$room/$(origin_of "$2")
  [ -z "${3:-}" ] || ath=$(printf %s "$3" | openssl dgst -sha256 -binary | b64)
  [ ! -s "$kept" ] || nonce=$(<"$kept")
  claims=$(jq -cn --arg htm "$1" --arg htu "${2%%[?#]*}" --arg jti "$(openssl rand -hex 16)" --argjson iat "$(date +%s)" \
    --arg ath "$ath" --arg nonce "$nonce" \
    '{jti: $jti, htm: $htm, htu: $htu, iat: $iat} + ({ath: $ath, nonce: $nonce} | with_entries(select(.value != "")))')
  sign_jwt dpop "$(jq -cn --argjson jwk "$(public_jwk dpop)" '{alg: "ES256", typ: "dpop+jwt", jwk: $jwk}')" "$claims"
}""",
    "assert_client": r"""# assert_client CLIENT_ID ISSUER: a JWT in place of a client secret (RFC 7523 section 3)
assert_client() {
  local claims
  claims=$(jq -cn --arg id "$1" --arg aud "$2" --arg jti "$(openssl rand -hex 16)" --argjson iat "$(date +%s)" \
    '{iss: $id, sub: $id, aud: $aud, jti: $jti, iat: $iat, exp: ($iat + 300)}')
  sign_jwt client '{"alg":"ES256","typ":"JWT"}' "$claims"
}""",
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
