# Sourced by test scripts: a Kafka and a Postgres of their own, gone afterwards whatever happens.
# own_stack NAME: sets $work (a folder for files), and the addresses; `ended` may be defined by the caller to stop more.
own_stack() {
  checkout=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../.." && pwd)
  stack=$checkout/deploy/stack/stack
  unset GOFUTURE_KAFKA GOFUTURE_POSTGRES GOFUTURE_KAFKA_PORT GOFUTURE_POSTGRES_PORT GOFUTURE_LISTEN GOFUTURE_GATEWAY
  export GOFUTURE_HOME=$checkout/.gofuture/$1 GOFUTURE_CACHE=${GOFUTURE_CACHE:-$checkout/.gofuture/cache}
  work=$GOFUTURE_HOME/work
  "$stack" down --wipe >/dev/null 2>&1 || true
  rm -rf -- "$GOFUTURE_HOME"
  mkdir -p "$work"
  trap 'status=$?; trap - EXIT; ended || true; "$stack" down --wipe >/dev/null 2>&1 || true; exit $status' EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM
}
ended() { :; }
