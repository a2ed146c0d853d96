#!/bin/sh
# Is the address really protected by Keyfold? Asks through your proxy, as a client would:
#
#   deploy/smoke-test.sh https://service.example/
#
# and expects 401 with a challenge for nobody, for a wrong key and for forged identity headers. With a user name and a key it also expects
# that they pass; they are read from the environment or, with `-`, from two lines of standard input, never from the command line, which every
# user of the machine can read:
#
#   KEYFOLD_SMOKE_USER=dana KEYFOLD_SMOKE_KEY=kf_... deploy/smoke-test.sh https://service.example/
#   pass show keyfold/dana | deploy/smoke-test.sh https://service.example/ -
#
# Take an address that answers 2xx when all is well. Exit code: 0 as expected, 1 not so, 2 called wrongly. Needs curl.
set -eu

usage() {
  echo "usage: ${0##*/} URL [-]   (see the head of this file)" >&2
  exit 2
}

[ $# -ge 1 ] && [ $# -le 2 ] || usage
url=$1
case $url in http://* | https://*) ;; *) usage ;; esac
command -v curl >/dev/null || { echo 'curl is needed' >&2; exit 2; }

user=${KEYFOLD_SMOKE_USER-}
key=${KEYFOLD_SMOKE_KEY-}
# Curl must not have them in its environment either.
unset KEYFOLD_SMOKE_USER KEYFOLD_SMOKE_KEY
if [ $# -eq 2 ]; then
  [ "$2" = - ] || usage
  IFS= read -r user || true
  IFS= read -r key || true
fi
if [ -n "$user$key" ]; then
  # Neither holds more than this, and none of it means anything to curl.
  case $user in '' | *[!A-Za-z0-9._@+-]*) echo 'that is no user name' >&2; exit 2 ;; esac
  case $key in '' | *[!A-Za-z0-9._-]*) echo 'that is no key' >&2; exit 2 ;; esac
fi

failures=0

# Prints the status and, if there is one, the challenge; arguments go to curl. What curl has to say goes to standard error.
ask() {
  curl --disable --silent --show-error --max-time 30 --proto '=http,https' --output /dev/null --dump-header - "$@" "$url" |
    tr -d '\r' | awk '
      /^HTTP\// { status = $2; challenge = "" }
      tolower($1) == "www-authenticate:" { $1 = ""; challenge = substr($0, 2) }
      END { print status, challenge }'
}

# expect WHAT PATTERN ANSWER
expect() {
  case $3 in
    $2) echo "ok      $1: $3" ;;
    *) echo "FAILED  $1: $3" ; failures=$((failures + 1)) ;;
  esac
}

refused='401 Basic realm="Keyfold", charset="UTF-8"'
expect 'without credentials' "$refused" "$(ask)"
expect 'with a wrong key' "$refused" "$(ask --user 'smoke-test:kf_wrong')"
expect 'with forged identity headers' "$refused" \
  "$(ask --header 'Remote-User: admin' --header 'Remote_User: admin' --header 'X-Keyfold-User-Id: admin')"
expect 'by OPTIONS without credentials' "$refused" "$(ask --request OPTIONS)"
if [ -n "$user$key" ]; then
  expect "as $user" '2??*' "$(printf 'user = "%s:%s"\n' "$user" "$key" | ask --config -)"
else
  echo 'not asked: whether a key passes (KEYFOLD_SMOKE_USER and KEYFOLD_SMOKE_KEY)'
fi
[ "$failures" -eq 0 ] || { echo "$url is not protected as it should be." >&2; exit 1; }
