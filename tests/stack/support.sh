# For the tests of deploy/stack: a home of its own per test, deleted afterwards; conditions instead of waiting times.
# Sourced first by every test here. `skip` ends with 77, which CMakeLists.txt declares to mean "not applicable on this machine".
set -euo pipefail

checkout=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
stack=$checkout/deploy/stack/stack
test_folder=$(mktemp -d /tmp/gofuture-stack-test.XXXXXX)
chmod 755 "$test_folder"
export GOFUTURE_HOME=$test_folder/home
export GOFUTURE_CACHE=${GOFUTURE_CACHE:-$checkout/.gofuture/cache}
unset GOFUTURE_KAFKA GOFUTURE_POSTGRES GOFUTURE_KAFKA_PORT GOFUTURE_POSTGRES_PORT GOFUTURE_STACK_DATA GOFUTURE_KAFKA_JAVA_OPTS
strangers=()

clean_up() {
  local status=$?
  set +e
  if [ $status != 0 ] && [ $status != 77 ]; then tail -n 20 "$GOFUTURE_HOME"/stack/logs/*.log; fi
  [ ${#strangers[@]} = 0 ] || kill "${strangers[@]}" 2>/dev/null
  "$stack" down --wipe >/dev/null 2>&1
  rm -rf "$test_folder"
  exit $status
}
trap clean_up EXIT

failed() { printf 'FAILED: %s\n' "$*" >&2; exit 1; }
skip() { printf 'skipped: %s\n' "$*"; exit 77; }

# expect SENTENCE COMMAND…: the command must succeed.
expect() {
  local sentence=$1
  shift
  "$@" || failed "$sentence"
  printf 'ok: %s\n' "$sentence"
}

same() { [ "$1" = "$2" ] || { printf 'wanted "%s", got "%s"\n' "$2" "$1" >&2; false; }; }

# await SENTENCE COMMAND…: until the command succeeds; gives up after a minute.
await() {
  local sentence=$1 deadline=$((SECONDS + 60))
  shift
  until "$@" >/dev/null 2>&1; do
    [ $SECONDS -lt $deadline ] || failed "never came true: $sentence"
    sleep 0.01
  done
}

field() { "$stack" status --json | python3 -c 'import json, sys
value = json.load(sys.stdin)
for name in sys.argv[1].split("."): value = value[name]
print(value)' "$1"; }

brokers() { pgrep -c -f -- "kafka\\.Kafka $GOFUTURE_HOME/stack/conf/server.properties" || true; }
postmasters() { pgrep -c -f -- "postgres -D $GOFUTURE_HOME/stack/data/postgres\$" || true; }
sql() { psql -X -q -A -t -v ON_ERROR_STOP=1 "$GOFUTURE_POSTGRES" -c "$1"; }
load_env() { eval "$("$stack" env)"; }
alive() { kill -0 "$1" 2>/dev/null; }

# A program of somebody else that listens on a port. Sets `stranger`.
start_stranger() {
  python3 -c 'import socket, sys, time
listener = socket.create_server(("127.0.0.1", int(sys.argv[1])))
time.sleep(600)' "$1" &
  stranger=$!
  strangers+=("$stranger")
  await "the stranger listens on $1" listens "$1"
}
listens() { ss -Hltn "sport = :$1" | grep -q .; }
