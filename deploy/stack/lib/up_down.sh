# The commands that change a stack. All hold the lock; all may be killed anywhere and repeated.

stack_up() {
  lock_stack
  make_home
  find_postgres
  find_cache
  recall_ports
  needs_commands
  local had_kafka=no had_postgres=no
  if running kafka; then had_kafka=yes; fi
  if running postgres; then had_postgres=yes; fi
  if [ $had_kafka = no ]; then
    prepare_cache
    start_kafka
  fi
  # The first start creates the database cluster while the broker already warms up.
  [ $had_postgres = yes ] || start_postgres
  await_ready
  write_env
  if [ $had_kafka$had_postgres = yesyes ]; then say "already running"; else say "running"; fi
  say "  Kafka     127.0.0.1:${port[kafka]}"
  say "  Postgres  127.0.0.1:${port[postgres]}, user and database gofuture"
  warn_about_port kafka "${GOFUTURE_KAFKA_PORT:-}"
  warn_about_port postgres "${GOFUTURE_POSTGRES_PORT:-}"
}

needs_commands() {
  local name
  for name in kcat ss setpriv setsid flock java; do
    command -v "$name" >/dev/null || fail "$name is not installed" "deploy/stack/stack install (as root)"
  done
}

warn_about_port() {
  [ -z "$2" ] || [ "$2" = "${port[$1]}" ] || say "$1 was already running on port ${port[$1]}, not on $2 as asked: \`down\` first to move it"
}

await_ready() {
  local timeout=${GOFUTURE_STACK_TIMEOUT:-120}
  local deadline=$((SECONDS + timeout)) name waiting='kafka postgres' still restarts=0
  while [ -n "$waiting" ]; do
    still=
    for name in $waiting; do
      if ! running "$name"; then restart_elsewhere "$name"; fi
      "${name}_answers" || still+=" $name"
    done
    waiting=${still# }
    [ -z "$waiting" ] && return
    if [ $SECONDS -ge $deadline ]; then
      for name in $waiting; do tail -n 15 -- "$logs/$name.log" >&2; done
      fail "not ready after $timeout s: $waiting (it runs, but does not answer)" "deploy/stack/stack logs $name; then \`down\` and \`up\`; a slow machine: GOFUTURE_STACK_TIMEOUT=600"
    fi
    sleep 0.05
  done
}

# It ended while starting. Where another program took its port between our choice and its start, another port mends that.
restart_elsewhere() {
  local name=$1 wanted=GOFUTURE_${1^^}_PORT
  if grep -q 'Address already in use' "$logs/$name.log" 2>/dev/null && [ -z "${!wanted:-}" ] && [ $((restarts += 1)) -le 5 ]; then
    say "a port of $name was taken just now; choosing again"
    unset "port[$name]"
    [ "$name" = postgres ] || unset 'port[controller]'
    "start_$name"
    return
  fi
  tail -n 20 -- "$logs/$name.log" >&2
  fail "$name ended while starting (whole log: $logs/$name.log)" "see the lines above"
}

write_env() {
  running kafka || fail "the broker ended just now" "deploy/stack/stack logs kafka"
  local kafka_pid=$pid
  running postgres || fail "Postgres ended just now" "deploy/stack/stack logs postgres"
  {
    printf '# Addresses of the local stack, written by `stack up`.\n'
    printf 'export GOFUTURE_KAFKA=127.0.0.1:%s\n' "${port[kafka]}"
    printf 'export GOFUTURE_POSTGRES="host=127.0.0.1 port=%s user=gofuture dbname=gofuture"\n' "${port[postgres]}"
    printf 'export GOFUTURE_STACK_KAFKA_PID=%s\n' "$kafka_pid"
    printf 'export GOFUTURE_STACK_POSTGRES_PID=%s\n' "$pid"
  } | write_file "$stack_home/env"
}

stack_down() {
  lock_stack
  if ! has_home; then say "nothing to stop in $home"; return; fi
  rm -f -- "$stack_home/env"
  # Both get their signal before either is waited for.
  signal_process kafka TERM
  signal_process postgres INT
  stop_kafka
  stop_postgres
  forget_process kafka
  forget_process postgres
  say "stopped; the data is kept in $(realpath -m -- "$data")"
}

# As a crash would end it: no goodbye, the data as it lies. Its record stays, so the next `up` knows whom it follows.
stack_kill() {
  lock_stack
  has_home && running "$1" || fail "$1 does not run in $home" "deploy/stack/stack up"
  [ "$1" = kafka ] || find_postgres
  kill_"$1"
  await_end "$1" 10 || fail "$1 (pid $pid) does not end, even killed" "it hangs in the kernel: look at the disk"
  say "killed $1"
}

stack_wipe() {
  forget_home
  say "all data deleted"
}
