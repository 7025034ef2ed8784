# What goes wrong in a demo because it was asked for: Postgres and Kafka are killed and started again, a second runtime comes and
# goes. (Kills of the runtime itself are the city's: it sees when they hurt.) Sourced by deploy/demo; make_troubles runs beside the
# city and notes each trouble in $demo/troubles, which the city counts (deploy/city/troubles.hpp).

milliseconds() { local now=${EPOCHREALTIME/[.,]/}; printf %s "${now%???}"; }

# The run in milliseconds; without --for, a minute.
length_of_run() {
  awk -v time="$length" 'BEGIN {
    unit = time; gsub(/[0-9.]/, "", unit)
    ms = time * (unit == "ms" ? 1 : unit == "m" ? 60000 : unit == "h" ? 3600000 : 1000)
    printf "%d", (ms > 0 ? ms : 60000)
  }'
}

# "MILLISECONDS WHAT" of each trouble, in order. The last fifth is left alone, so that each is over when the riders stop coming.
planned_troubles() {
  local all i
  all=$(length_of_run)
  {
    for ((i = 0; i < postgres_kills; ++i)); do printf '%d postgres\n' $((all * 8 * (10 * i + 4) / (100 * postgres_kills))); done
    for ((i = 0; i < kafka_kills; ++i)); do printf '%d kafka\n' $((all * 8 * (10 * i + 7) / (100 * kafka_kills))); done
    if [ $with_replica = yes ]; then printf '%d replica_joins\n%d replica_leaves\n' $((all / 3)) $((all * 2 / 3)); fi
  } | sort -n
}

# Until all is over, or SIGTERM says that no more is wanted; a server that was killed is brought back first. fd 8 is the demo's stderr.
make_troubles() {
  local stopping=no replica='' moment what began
  began=$(($(milliseconds) + 3000))   # riders come when the drivers have said where they are
  trap 'stopping=yes' TERM
  trap '' INT
  while read -r moment what <&3; do
    while [ $stopping = no ] && [ $(($(milliseconds) - began)) -lt "$moment" ]; do sleep 0.1; done
    [ $stopping = no ] || break
    case $what in
      postgres) kill_server postgres Postgres ;;
      kafka) kill_server kafka Kafka ;;
      *) $what ;;
    esac
  done 3< <(planned_troubles)
  [ -z "$replica" ] || replica_leaves
  printf 'over\n' >>"$demo/troubles"
}

# note LINE SENTENCE: for the city, and for people. On a terminal the city says it, above its table.
note() {
  printf '%s\n' "$1" >>"$demo/troubles"
  if [ $json = yes ] || ! [ -t 1 ]; then say "$2" 2>&8; fi
}

kill_server() { # NAME SPOKEN
  local began took
  began=$(milliseconds)
  if "$stack" kill "$1" 3>&- 8>&- >>"$demo/stack.log" 2>&1 && "$stack" up 3>&- 8>&- >>"$demo/stack.log" 2>&1; then
    took=$((($(milliseconds) - began) / 100))
    took=$((took / 10)).$((took % 10))
    note "$1-kill $took" "$2 was killed and answers again after $took s"
  else
    say "$2 was killed and does not come back: see $demo/stack.log" 2>&8
  fi
}

replica_joins() {
  local deadline=$((SECONDS + 60))
  : >"$demo/replica.log"
  (
    export GOFUTURE_INSTANCE=demo-2 GOFUTURE_LISTEN=$replica_listen GOFUTURE_STATE=$demo/state-2
    keep_runtime replica 3>&-
  ) &
  replica=$!
  until is_ready "$replica_listen"; do
    [ $stopping = no ] || return 0
    if [ $SECONDS -ge $deadline ]; then say "the second runtime did not become ready: see $demo/replica.log" 2>&8; return; fi
    sleep 0.1
  done
  note replica-joined 'a second runtime has joined'
}

replica_leaves() {
  kill -TERM "$replica" 2>/dev/null || true
  wait "$replica" 2>/dev/null || true
  replica=''
  note replica-left 'the second runtime has left'
}
