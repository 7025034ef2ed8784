# The commands that only look. They take no lock, so they also answer while `up` or `down` is at work.

state_of() { # NAME: stopped, or starting (alive, does not answer yet or any more), or running. Sets `pid`.
  state=stopped
  running "$1" || return 0
  state=starting
  if "${1}_answers"; then state=running; fi
}

look() {
  find_postgres
  recall_ports
}

report_status() {
  local name state all=0
  printf 'stack in %s\n' "$home"
  look
  printf '%-10s%-10s%-9s%-17s%s\n' '' state pid address data
  for name in kafka postgres; do
    state_of "$name"
    [ $state = running ] || all=3
    printf '%-10s%-10s%-9s%-17s%s\n' "$name" "$state" "${pid:--}" "${port[$name]:+127.0.0.1:${port[$name]}}" "$(data_of "$name")"
  done
  return $all
}

data_of() {
  [ "$1" = kafka ] && printf '%s/kafka' "$(realpath -m -- "$data")" && return
  printf '%s/postgres' "$(postgres_place)"
}

report_status_json() {
  local name state all=true line=
  look
  for name in kafka postgres; do
    state_of "$name"
    [ $state = running ] || all=false
    line+=",\"$name\":{\"state\":\"$state\",\"pid\":${pid:-null},\"address\":"
    if [ -n "${port[$name]:-}" ]; then line+=$(json_text "127.0.0.1:${port[$name]}"); else line+=null; fi
    line+=",\"data\":$(json_text "$(data_of "$name")"),\"log\":$(json_text "$logs/$name.log")}"
  done
  printf '{"home":%s,"running":%s%s}\n' "$(json_text "$home")" "$all" "$line"
  [ $all = true ] || return 3
}

report_env() {
  [ -r "$stack_home/env" ] || fail "the stack in $home is not up" "deploy/stack/stack up"
  cat -- "$stack_home/env"
}

report_logs() {
  local files=() follow=() lines=40
  while [ $# -gt 0 ]; do
    case $1 in
      kafka | postgres) files+=("$logs/$1.log") ;;
      -f) follow=(-F) ;;
      -n) lines=${2:-}; [[ $lines =~ ^[0-9]+$ ]] || wrong_usage "\`logs -n\` needs a number"; shift ;;
      *) wrong_usage "\`logs\` does not know \"$1\"" ;;
    esac
    shift
  done
  [ ${#files[@]} -gt 0 ] || files=("$logs/kafka.log" "$logs/postgres.log")
  [ -r "${files[0]}" ] || fail "there is no log yet in $logs" "deploy/stack/stack up"
  exec tail -n "$lines" "${follow[@]}" -- "${files[@]}"
}
