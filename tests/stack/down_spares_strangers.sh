#!/usr/bin/env bash
# `down` ends only what this stack started: not who took its port meanwhile, not who was given its old pid.
. "$(dirname "$0")/support.sh"

"$stack" up
load_env
kafka_port=${GOFUTURE_KAFKA#*:} postgres_port=${GOFUTURE_POSTGRES#*port=}
postgres_port=${postgres_port%% *}
"$stack" down

start_stranger "$kafka_port"; first=$stranger
start_stranger "$postgres_port"; second=$stranger
GOFUTURE_KAFKA_PORT=$kafka_port "$stack" up 2>"$test_folder/refusal" && failed "a fixed port that is taken must be refused" ||
  expect "the refusal names the port" grep -q "port $kafka_port.*is taken" "$test_folder/refusal"

"$stack" up
load_env
! same "$GOFUTURE_KAFKA" "127.0.0.1:$kafka_port" 2>/dev/null || failed "the broker must have moved to another port"
expect "both run beside the strangers" "$stack" status
"$stack" down
expect "the stranger on the broker's old port lives" alive $first
expect "the stranger on Postgres's old port lives" alive $second

for name in kafka postgres; do
  printf '%s 1 %s\n' "$first" "$(cat /proc/sys/kernel/random/boot_id)" >"$GOFUTURE_HOME/stack/run/$name.process"
done
expect "a reused pid is not taken for ours" same "$(field kafka.state)" stopped
"$stack" down
expect "a stranger with a reused pid lives" alive $first

mkdir -p "$test_folder/other/stack"
: >"$test_folder/other/stack/precious"
GOFUTURE_HOME=$test_folder/other "$stack" up 2>/dev/null && failed "a folder of somebody else must be refused"
GOFUTURE_HOME=$test_folder/other "$stack" down --wipe 2>/dev/null
expect "wipe deletes no folder of somebody else" test -e "$test_folder/other/stack/precious"
