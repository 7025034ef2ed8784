#!/usr/bin/env bash
# Starting twice, at once and one after the other, is starting once; what `env` and `status` say is true.
. "$(dirname "$0")/support.sh"

"$stack" status --json >"$test_folder/before" && failed "status of a stack that was never up must not be 0" || expect "status says 3 before the first up" same $? 3
expect "a stopped stack is described without pids" python3 -c 'import json, sys
told = json.load(open(sys.argv[1]))
assert told["running"] is False
assert told["kafka"]["state"] == told["postgres"]["state"] == "stopped" and told["kafka"]["pid"] is None, told' "$test_folder/before"
"$stack" env 2>"$test_folder/refusal" && failed "env of a stopped stack must fail" || expect "env names the remedy" grep -q 'stack up' "$test_folder/refusal"

"$stack" up & first=$!
"$stack" up & second=$!
expect "the first of two simultaneous ups succeeds" wait $first
expect "the second of two simultaneous ups succeeds" wait $second
expect "there is one broker" same "$(brokers)" 1
expect "there is one postmaster" same "$(postmasters)" 1

kafka_pid=$(field kafka.pid) postgres_pid=$(field postgres.pid)
"$stack" up
expect "another up keeps the broker" same "$(field kafka.pid)" "$kafka_pid"
expect "another up keeps Postgres" same "$(field postgres.pid)" "$postgres_pid"

for log in "$GOFUTURE_HOME"/stack/logs/{kafka,postgres}.log; do : >"$log"; done
expect "status is 0 when both answer, their logs emptied or not" "$stack" status
expect "status --json has its documented shape" python3 -c 'import json, sys
told = json.load(sys.stdin)
assert set(told) == {"home", "running", "kafka", "postgres"} and told["running"] is True, told
for name in ("kafka", "postgres"):
    part = told[name]
    assert set(part) == {"state", "pid", "address", "data", "log"}, part
    assert part["state"] == "running" and isinstance(part["pid"], int) and part["address"].startswith("127.0.0.1:"), part' <<<"$("$stack" status --json)"

load_env
broker_answers() { kcat -L -m 5 -b "$GOFUTURE_KAFKA" >/dev/null; }
expect "the broker answers at the address of env" broker_answers
expect "the role may log in" same "$(sql 'select current_user')" gofuture
expect "the role may replicate" same "$(sql "select rolreplication from pg_roles where rolname = 'gofuture'")" t
expect "the role is no superuser" same "$(sql "select rolsuper from pg_roles where rolname = 'gofuture'")" f
expect "the role may make a slot" sql "select pg_create_logical_replication_slot('probe', 'pgoutput'); select pg_drop_replication_slot('probe')"
expect "what is audited is durable" same "$(sql "select string_agg(setting, ' ' order by name) from pg_settings where name in ('fsync', 'synchronous_commit', 'full_page_writes', 'wal_level')")" "on on on logical"
port=${GOFUTURE_POSTGRES#*port=}
! psql -X -d "host=127.0.0.1 port=${port%% *} user=postgres dbname=postgres" -c 'select 1' 2>/dev/null || failed "the superuser must not be reachable over TCP"

"$stack" down
expect "down ends the broker" same "$(brokers)" 0
expect "down ends Postgres" same "$(postmasters)" 0
"$stack" down --wipe
expect "wipe deletes the folder" test ! -e "$GOFUTURE_HOME/stack"
