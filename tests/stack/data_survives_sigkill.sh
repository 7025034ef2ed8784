#!/usr/bin/env bash
# kill -9 of the broker and of Postgres, one of its backends busy: `up` brings both back on their ports with what they held.
. "$(dirname "$0")/support.sh"

sees_none() { [ "$(field kafka.state) $(field postgres.state)" = "stopped stopped" ]; }
sees_no_postgres() { [ "$(field postgres.state)" = stopped ]; }
# As Postgres itself, which would take only a process of its own user for a running server.
start_stranger_process() {
  local as=()
  [ "$(id -u)" != 0 ] || as=(setpriv --reuid=postgres --regid=postgres --clear-groups)
  (cd / && exec "${as[@]}" sleep 600) &
  stranger=$!
  strangers+=("$stranger")
}

"$stack" up
load_env
address=$GOFUTURE_KAFKA conninfo=$GOFUTURE_POSTGRES
java -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Dlog4j2.level=error -cp "$(ls -d "$GOFUTURE_CACHE"/kafka-*/libs | head -1)/*" \
  org.apache.kafka.tools.TopicCommand --bootstrap-server "$GOFUTURE_KAFKA" --create --topic kept --partitions 1 >/dev/null
printf 'a record' | kcat -P -b "$GOFUTURE_KAFKA" -t kept -p 0 -X acks=all
sql "create table kept (word text); insert into kept values ('a row')"

# A backend that computes does not notice the postmaster's death, and keeps a new one from starting.
busy="select count(*) from generate_series(1, 1000000000000) i where i::text like '%x%'"
psql -X "$GOFUTURE_POSTGRES" -c "$busy" >/dev/null 2>&1 &
busy_backends() { [ "$(sql "select count(*) from pg_stat_activity where state = 'active' and query like '%generate_series(1, 1000000000000)%' and pid <> pg_backend_pid()")" = "$1" ]; }
await "the busy backend computes" busy_backends 1
backend=$(sql "select pid from pg_stat_activity where state = 'active' and pid <> pg_backend_pid() and query like '%generate_series(1, 1000000000000)%'")

# Clients that do not notice: what is left of their connections must not cost the servers their ports.
exec 5<>"/dev/tcp/127.0.0.1/${address#*:}"
port=${conninfo#*port=}
exec 6<>"/dev/tcp/127.0.0.1/${port%% *}"

kill -KILL "$GOFUTURE_STACK_KAFKA_PID" "$GOFUTURE_STACK_POSTGRES_PID"
await "status sees that both are gone" sees_none
expect "the busy backend outlived its postmaster" alive "$backend"
"$stack" up
load_env
expect "the broker came back on its port" same "$GOFUTURE_KAFKA" "$address"
expect "Postgres came back on its port" same "$GOFUTURE_POSTGRES" "$conninfo"
expect "the record survived" same "$(kcat -C -b "$GOFUTURE_KAFKA" -t kept -p 0 -o beginning -e -q)" "a record"
expect "the row survived" same "$(sql 'select word from kept')" "a row"

# The crash on request: with children and all, and nobody else's.
"$stack" kill postgres
expect "status sees that Postgres is gone" sees_no_postgres
expect "none of its processes is left" same "$(find /proc -maxdepth 2 -path '/proc/[0-9]*/cwd' -lname "$GOFUTURE_HOME/stack/data/postgres" 2>/dev/null)" ""
expect "the broker still runs" same "$(field kafka.state)" running
"$stack" kill postgres 2>/dev/null && failed "who does not run cannot be killed"
# A pid in Postgres's lock files that belongs to somebody else by now.
start_stranger_process
for file in "$GOFUTURE_HOME/stack/data/postgres/postmaster.pid" "$GOFUTURE_HOME/stack/data/sockets"/.s.PGSQL.*.lock; do
  sed -i "1s/.*/$stranger/" "$file"
done
"$stack" up
expect "a stale lock file that names a stranger does not stop Postgres" same "$(sql 'select word from kept')" "a row"
expect "the stranger lives" alive "$stranger"
