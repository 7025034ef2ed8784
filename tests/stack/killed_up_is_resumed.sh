#!/usr/bin/env bash
# kill -9 of `up` itself, at each step of a first start: the next `up` goes on from there, and nothing runs twice.
. "$(dirname "$0")/support.sh"

killed_when() { # SENTENCE COMMAND…: start `up`, kill it as soon as the command succeeds
  "$stack" up 2>>"$test_folder/up.log" &
  local up=$!
  await "$@"
  kill -KILL $up 2>/dev/null || true
  wait $up 2>/dev/null || true
  printf 'killed up when %s\n' "$1"
}

killed_when "the folder exists" test -e "$GOFUTURE_HOME/stack"
killed_when "the broker was started" test -e "$GOFUTURE_HOME/stack/run/kafka.process"
killed_when "initdb is at work" test -e "$GOFUTURE_HOME/stack/data/postgres.new/PG_VERSION"
killed_when "Postgres was started" test -e "$GOFUTURE_HOME/stack/run/postgres.process"
# The remains of kills that are too short to hit.
mkdir -p "$GOFUTURE_HOME/stack/data/kafka.new" "$GOFUTURE_HOME/stack/data/postgres.new"
printf 'half' >"$GOFUTURE_HOME/stack/env.new"

"$stack" up
expect "there is one broker" same "$(brokers)" 1
expect "there is one postmaster" same "$(postmasters)" 1
expect "both answer" "$stack" status
load_env
expect "the database was made whole" same "$(sql 'select current_database()')" gofuture

# The broker's and Postgres's start after a wipe down to half a data folder.
"$stack" down
rm -rf "$GOFUTURE_HOME/stack/data/kafka"
mkdir "$GOFUTURE_HOME/stack/data/kafka"
"$stack" up 2>"$test_folder/refusal" && failed "a foreign data folder must be refused" || expect "it names the remedy" grep -q 'down --wipe' "$test_folder/refusal"
