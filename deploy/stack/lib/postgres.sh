# Postgres: a cluster of its own, run as the user `postgres` when we are root (it refuses root), else as the caller.

find_postgres() {
  local folder
  for folder in "${GOFUTURE_POSTGRES_BIN:-}" /usr/lib/postgresql/15/bin $(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -Vr) \
    "$(dirname "$(command -v postgres 2>/dev/null || printf /none/none)")"; do
    if [ -n "$folder" ] && [ -x "$folder/postgres" ] && [ -x "$folder/initdb" ]; then postgres_bin=$folder; break; fi
  done
  [ -n "${postgres_bin:-}" ] || fail "Postgres is not installed" "deploy/stack/stack install (as root)"
  if [ "$(id -u)" = 0 ]; then
    id postgres >/dev/null 2>&1 || fail "there is no user \"postgres\" (Postgres refuses to run as root)" "install the package postgresql-15: deploy/stack/stack install"
    postgres_user=(setpriv --reuid=postgres --regid=postgres --init-groups)
  else
    postgres_user=()
  fi
}

as_postgres() { env LC_ALL=C "${postgres_user[@]}" "$@"; }

# The folder that holds postgres/ (the cluster) and sockets/.
postgres_place() {
  if [ -L "$stack_home/postgres-elsewhere" ]; then readlink "$stack_home/postgres-elsewhere"; else realpath -m -- "$data"; fi
}

# Where a folder above ours is closed to the user postgres (a checkout under /root), its data lives in /var/lib/gofuture,
# behind a symbolic link. Nobody's permissions are changed for it.
place_postgres_data() {
  local place elsewhere=/var/lib/gofuture/gofuture-stack-$home_digest
  place=$(postgres_place)
  as_postgres test -x "$place" && return
  # The target of an old link was deleted by hand: the data is gone, begin again below.
  [ -e "$place" ] || rm -f -- "$stack_home/postgres-elsewhere"
  [ "$(id -u)" = 0 ] || fail "$place is closed to its own owner" "chmod u+x it and the folders above it"
  [ ! -e "$place/postgres" ] || fail "the user postgres can no longer enter $place, where its data is" "chmod o+x it and the folders above it"
  say "the user postgres cannot enter $place; its data goes to $elsewhere"
  mkdir -p "$elsewhere"
  chmod 755 /var/lib/gofuture "$elsewhere"
  ln -sfn "$elsewhere" "$stack_home/postgres-elsewhere"
}

own_folder() { # PATH: for Postgres alone
  mkdir -p "$1"
  chmod 700 "$1"
  [ "$(id -u)" != 0 ] || chown postgres: "$1"
}

prepare_postgres_data() {
  local place log=$logs/initdb.log found have
  place=$(postgres_place)
  if [ -e "$place/postgres/PG_VERSION" ]; then
    found=$(<"$place/postgres/PG_VERSION") have=$("$postgres_bin/postgres" --version | sed 's/[^0-9]*\([0-9]*\).*/\1/')
    [ "$found" = "$have" ] || fail "the data in $place/postgres is of Postgres $found, installed is $have" "name the folder of $found with GOFUTURE_POSTGRES_BIN, or down --wipe"
    return
  fi
  [ ! -e "$place/postgres" ] || fail "$place/postgres is not a data folder of Postgres (no PG_VERSION)" "deploy/stack/stack down --wipe, if its data may go"
  rm -rf -- "$place/postgres.new"
  own_folder "$place/postgres.new"
  as_postgres "$postgres_bin/initdb" -D "$place/postgres.new" -U postgres -A trust -E UTF8 --locale=C --no-instructions >"$log" 2>&1 </dev/null ||
    { tail -n 15 -- "$log" >&2; fail "initdb failed (whole log: $log)" "see the lines above; is the disk full? df $place"; }
  # Single-user mode reports mistakes only in words.
  as_postgres "$postgres_bin/postgres" --single -D "$place/postgres.new" postgres <"$stack_code/postgres/create.sql" >"$log" 2>&1 || true
  if grep -qE 'ERROR|FATAL|PANIC' "$log"; then
    tail -n 15 -- "$log" >&2
    fail "the role and the database could not be made" "see the lines above"
  fi
  mv -- "$place/postgres.new" "$place/postgres"
}

# Processes of our cluster: Postgres runs with its data folder as working directory.
postgres_processes() {
  local entry
  for entry in $(find /proc -maxdepth 2 -path '/proc/[0-9]*/cwd' -lname "$1" 2>/dev/null); do
    entry=${entry%/cwd}
    [[ $(readlink "$entry/exe") == */postgres* ]] && process_started "${entry#/proc/}" >/dev/null && printf '%s\n' "${entry#/proc/}"
  done
  return 0
}

# A busy backend outlives a killed postmaster and keeps a new one from starting. Called only when the recorded postmaster is dead.
end_orphans() {
  local cluster=$1 deadline=$((SECONDS + 30)) orphans signal=QUIT
  while orphans=$(postgres_processes "$cluster") && [ -n "$orphans" ]; do
    # shellcheck disable=SC2086
    kill -$signal $orphans 2>/dev/null || true
    [ $SECONDS -lt $deadline ] || fail "processes of the killed Postgres do not end: ${orphans//$'\n'/ }" "they hang in the kernel: look at the disk"
    [ $SECONDS -lt $((deadline - 25)) ] || signal=KILL
    sleep 0.05
  done
}

start_postgres() {
  local place cluster sockets
  place_postgres_data
  place=$(postgres_place) cluster=$(postgres_place)/postgres sockets=$(postgres_place)/sockets
  prepare_postgres_data
  end_orphans "$cluster"
  # Postgres leaves two lock files that hold a pid, and takes whoever has that pid now, or its unreaped corpse, for a running
  # server. We know better: nobody is left.
  rm -rf -- "$cluster/postmaster.pid" "$sockets"
  choose_port postgres "${GOFUTURE_POSTGRES_PORT:-}"
  remember_ports
  own_folder "$sockets"
  # The kernel allows 107 bytes for a socket's path. Only the superuser needs it, so a long path costs only that.
  [ ${#sockets} -le 85 ] || sockets=
  sed -e "s|@PORT@|${port[postgres]}|" -e "s|@SOCKETS@|$sockets|" "$stack_code/postgres/postgresql.conf.in" | write_file "$cluster/postgresql.conf"
  write_file "$cluster/pg_hba.conf" <"$stack_code/postgres/pg_hba.conf"
  launch postgres env LC_ALL=C "${postgres_user[@]}" "$postgres_bin/postgres" -D "$cluster"
}

postgres_answers() {
  has_said postgres 'ready to accept connections' || return 1
  "$postgres_bin/pg_isready" -q -h 127.0.0.1 -p "${port[postgres]}" -t 2
}

stop_postgres() {
  signal_process postgres INT
  if ! await_end postgres 30; then
    say "Postgres did not end within 30 s (a replication client that does not confirm?); ending it at once"
    signal_process postgres QUIT
    if ! await_end postgres 10; then
      signal_process postgres KILL
      await_end postgres 10 || fail "Postgres (pid $pid) does not end, even killed" "it hangs in the kernel: look at the disk"
    fi
  fi
  end_orphans "$(postgres_place)/postgres"
}

# All at one blow: who sees the postmaster die could still say goodbye.
kill_postgres() {
  local processes
  processes=$(postgres_processes "$(postgres_place)/postgres")
  # shellcheck disable=SC2086
  kill -KILL "$pid" $processes 2>/dev/null || true
}
