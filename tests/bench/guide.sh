#!/usr/bin/env bash
# The walk by hand, as guides for gateways teach it: curl, jq and openssl. The same requests that the app's walk makes, in the same order.
# Usage: guide.sh MCP_URL REDIRECT_URI. Prints every JSON answer to stderr; the last line on stdout: back-channel milliseconds and requests.
set -euo pipefail

target=$1
redirect_uri=$2
jar=$(mktemp)
trap 'rm -f "$jar"' EXIT
requests=0
protocol=2026-07-28
token=''

now_us() { local t=$EPOCHREALTIME; echo "${t/[.,]/}"; }

encode() { jq -rn --arg text "$1" '$text | @uri'; }

# rpc METHOD PARAMS -> answer with its headers, on stdout
rpc() {
  local bearer=()
  [ -n "$token" ] && bearer=(-H "authorization: Bearer $token")
  curl -sS -i "$target" -H 'content-type: application/json' -H 'accept: application/json, text/event-stream' \
    -H "mcp-protocol-version: $protocol" -H "mcp-method: $1" "${bearer[@]}" --data-raw "$(rpc_body "$1" "$2")"
}

rpc_body() {
  jq -cn --arg method "$1" --argjson params "$2" --arg protocol "$protocol" '{jsonrpc: "2.0", id: "1", method: $method, params: ($params + {_meta: {
    "io.modelcontextprotocol/protocolVersion": $protocol,
    "io.modelcontextprotocol/clientInfo": {name: "guide", version: "1"},
    "io.modelcontextprotocol/clientCapabilities": {}}})}'
}

form() { curl -sS "$@"; }

show() { jq . >&2 <<<"$1" || echo "$1" >&2; }

expect() { # expect NAME WANTED ACTUAL
  [ "$2" = "$3" ] || { echo "$1: expected $2, got $3" >&2; exit 1; }
}

status_of() { awk 'NR == 1 { print $2; exit }' <<<"$1"; }

# authorize: draws PKCE and state, walks login and consent as the browser would, leaves `code` and `verifier`
authorize() {
  local state challenge page flow answer url login began_browser
  verifier=$(openssl rand -base64 64 | tr -d '=+/\n' | cut -c1-64)
  challenge=$(printf %s "$verifier" | openssl dgst -sha256 -binary | openssl base64 -A | tr '+/' '-_' | tr -d '=')
  state=$(openssl rand -hex 16)
  url="$authorization_endpoint?response_type=code&client_id=$(encode "$client_id")&redirect_uri=$(encode "$redirect_uri")"
  url+="&code_challenge=$challenge&code_challenge_method=S256&state=$state&scope=mcp%3Atools&resource=$(encode "$resource")"

  began_browser=$(now_us)
  page=$(curl -sS -L -c "$jar" -b "$jar" -w '\n%{url_effective}' "$url")
  if [[ $page == *'name="person"'* ]]; then
    login=$(sed -n 's/.*name="state" value="\([^"]*\)".*/\1/p' <<<"$page" | head -1)
    page=$(curl -sS -L -c "$jar" -b "$jar" -w '\n%{url_effective}' "$base/idp/login" --data-urlencode "state=$login" -d person=ada)
  fi
  flow=$(sed -n 's/.*[?&]flow=\([^&]*\).*/\1/p' <<<"${page##*$'\n'}")
  curl -sS -o /dev/null -c "$jar" -b "$jar" "$base/oauth/setup" --data-urlencode "flow=$flow" -d decision=connect
  answer=$(curl -sS -i -c "$jar" -b "$jar" "$base/oauth/setup" --data-urlencode "flow=$flow" -d decision=approve)
  browser_us=$((browser_us + $(now_us) - began_browser))

  answer=$(tr -d '\r' <<<"$answer" | sed -n 's/^[Ll]ocation: //p')
  expect state "$state" "$(sed -n 's/.*[?&]state=\([^&]*\).*/\1/p' <<<"$answer")"
  code=$(sed -n 's/.*[?&]code=\([^&]*\).*/\1/p' <<<"$answer")
}

redeem() {
  authorize
  tokens=$(form "$token_endpoint" -d grant_type=authorization_code --data-urlencode "code=$code" --data-urlencode "redirect_uri=$redirect_uri" \
    --data-urlencode "code_verifier=$verifier" --data-urlencode "client_id=$client_id" --data-urlencode "resource=$resource")
  show "$tokens"
  token=$(jq -er .access_token <<<"$tokens")
  refresh_token=$(jq -er .refresh_token <<<"$tokens")
  requests=$((requests + 1))
}

call_mcp() {
  local method answer
  for method in server/discover tools/list; do
    answer=$(rpc "$method" '{}')
    expect "$method" 200 "$(status_of "$answer")"
    requests=$((requests + 1))
  done
}

refresh_with() { # refresh_with TOKEN -> answer
  form "$token_endpoint" -d grant_type=refresh_token --data-urlencode "refresh_token=$1" --data-urlencode "client_id=$client_id" \
    --data-urlencode "resource=$resource"
}

revoke() { # revoke TOKEN HINT
  local status
  status=$(form -o /dev/null -w '%{http_code}' "$revocation_endpoint" --data-urlencode "token=$1" -d "token_type_hint=$2" \
    --data-urlencode "client_id=$client_id")
  expect revoke 200 "$status"
  requests=$((requests + 1))
}

browser_us=0
began=$(now_us)

# 1 the first 401 and the document that it names
answer=$(rpc server/discover '{}')
expect probe 401 "$(status_of "$answer")"
metadata_url=$(sed -n 's/^[Ww][Ww][Ww]-[Aa]uthenticate:.*resource_metadata="\([^"]*\)".*/\1/p' <<<"$answer")
metadata=$(curl -sS "$metadata_url")
show "$metadata"
resource=$(jq -er .resource <<<"$metadata")
issuer=$(jq -er '.authorization_servers[0]' <<<"$metadata")

# 2 the authorization server
origin=$(sed -E 's#^(https?://[^/]+).*#\1#' <<<"$issuer")
server=$(curl -sS "$origin/.well-known/oauth-authorization-server${issuer#"$origin"}")
show "$server"
expect issuer "$issuer" "$(jq -r .issuer <<<"$server")"
jq -e '.code_challenge_methods_supported | index("S256") != null' <<<"$server" >/dev/null
authorization_endpoint=$(jq -er .authorization_endpoint <<<"$server")
token_endpoint=$(jq -er .token_endpoint <<<"$server")
revocation_endpoint=$(jq -er .revocation_endpoint <<<"$server")
base=${token_endpoint%/oauth/token}

# 3 a client
body=$(jq -cn --arg redirect "$redirect_uri" '{client_name: "guide", redirect_uris: [$redirect], grant_types: ["authorization_code", "refresh_token"],
  response_types: ["code"], token_endpoint_auth_method: "none", application_type: "native", scope: "mcp:tools"}')
client=$(curl -sS "$(jq -er .registration_endpoint <<<"$server")" -H 'content-type: application/json' --data-raw "$body")
show "$client"
client_id=$(jq -er .client_id <<<"$client")
requests=$((requests + 4))

# 4, 5 authorize and redeem
redeem

# 6 the MCP calls
call_mcp

# 7 refresh, then show the old refresh token again: the whole grant must be dead
old=$refresh_token
tokens=$(refresh_with "$old")
show "$tokens"
token=$(jq -er .access_token <<<"$tokens")
refresh_token=$(jq -er .refresh_token <<<"$tokens")
expect replay invalid_grant "$(refresh_with "$old" | jq -r .error)"
expect 'replay, newest' invalid_grant "$(refresh_with "$refresh_token" | jq -r .error)"
expect 'replay, access' 401 "$(status_of "$(rpc tools/list '{}')")"
requests=$((requests + 4))

# 8 revoke a fresh grant and prove it
redeem
call_mcp
revoke "$token" access_token
expect 'access after revoke' 401 "$(status_of "$(rpc tools/list '{}')")"
refresh_with "$refresh_token" >/dev/null
revoke "$refresh_token" refresh_token
revoke "not-a-token-of-this-server" refresh_token
expect 'confirm, access' 401 "$(status_of "$(rpc tools/list '{}')")"
expect 'confirm, refresh' invalid_grant "$(refresh_with "$refresh_token" | jq -r .error)"
requests=$((requests + 4))

echo "$((($(now_us) - began - browser_us) / 1000)) $requests"
