# Programs that we start and stop, known by (pid, start time, boot): a pid alone may belong to somebody else by now.
# The record is run/NAME.process. The program writes it itself before it becomes Java or Postgres, so there is
# no moment in which a started program is unknown, wherever `up` is killed.

boot_id() { cat /proc/sys/kernel/random/boot_id; }

# process_started PID: its start time in clock ticks since boot; fails if there is no such process, or only its corpse.
process_started() {
  local line
  { line=$(<"/proc/$1/stat"); } 2>/dev/null || return 1
  # shellcheck disable=SC2086
  set -- ${line##*) }
  [ "$1" != Z ] && [ "$1" != X ] && printf '%s' "${20}"
}

record_process() { # NAME PID
  printf '%s %s %s\n' "$2" "$(process_started "$2")" "$(boot_id)" | write_file "$run/$1.process"
}

# running NAME: is the recorded program alive? Sets `pid` (empty if not).
running() {
  local started boot
  pid=
  [ -r "$run/$1.process" ] || return 1
  read -r pid started boot <"$run/$1.process" || true
  if [ -n "$pid" ] && [ "$boot" = "$(boot_id)" ] && [ "$started" = "$(process_started "$pid")" ]; then return 0; fi
  pid=
  return 1
}

# has_said NAME WORDS: in its log, since it was launched. Once is enough, where it can be remembered: a log that has grown may be emptied.
has_said() {
  [ ! -e "$run/$1.said" ] || return 0
  grep -aq "$2" "$logs/$1.log" 2>/dev/null || return 1
  { : >"$run/$1.said"; } 2>/dev/null || true
}

# launch NAME COMMAND…: start in a session of its own, output to logs/NAME.log (a fresh one), no descriptor of ours kept.
launch() {
  local name=$1 log=$logs/$1.log
  shift
  [ ! -e "$log" ] || mv -f -- "$log" "$log.1"
  rm -f -- "$run/$name.process" "$run/$name.said"
  (
    ulimit -S -n "$(descriptor_limit)" 2>/dev/null || true
    record_process "$name" "$BASHPID"
    for descriptor in "/proc/$BASHPID/fd"/*; do
      descriptor=${descriptor##*/}
      case $descriptor in 0 | 1 | 2 | 9 | 255) ;; *) eval "exec $descriptor>&-" ;; esac
    done
    exec setsid "$@" </dev/null >>"$log" 2>&1 9>&-  # appends: who empties a log that has grown gets no hole in front of it
  ) &
  until [ -e "$run/$name.process" ]; do
    process_started $! >/dev/null || fail "$name could not be started" "see $log, and whether the disk is full: df $run"
    sleep 0.01
  done
}

descriptor_limit() { # a broker with 576 partitions needs about 750 descriptors; the usual soft limit is 1024
  local hard
  hard=$(ulimit -H -n)
  if [ "$hard" = unlimited ] || [ "$hard" -gt 65536 ]; then hard=65536; fi
  printf '%s' "$hard"
}

signal_process() { # NAME SIGNAL
  running "$1" && kill "-$2" "$pid" 2>/dev/null || true
}

await_end() { # NAME SECONDS
  local deadline=$((SECONDS + $2))
  while running "$1"; do
    [ $SECONDS -lt $deadline ] || return 1
    sleep 0.05
  done
}

forget_process() { rm -f -- "$run/$1.process"; }
