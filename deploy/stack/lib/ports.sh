# Ports: chosen free once, remembered in run/ports, chosen again only if somebody else took one meanwhile.
# They lie below the range from which the kernel picks outgoing connections, so a client elsewhere cannot sit on one by chance.

declare -A port=()

recall_ports() {
  local name number
  [ -r "$run/ports" ] || return 0
  while read -r name number; do port[$name]=$number; done <"$run/ports"
}

remember_ports() {
  local name
  for name in "${!port[@]}"; do printf '%s %s\n' "$name" "${port[$name]}"; done | write_file "$run/ports"
}

# What a killed program leaves behind, connections that nobody owns any more, keeps no port from a new listener.
is_free() { ! ss -Htan "sport = :$1" 2>/dev/null | awk '$1 !~ /^(TIME-WAIT|FIN-WAIT-[12]|LAST-ACK|CLOSING)$/ { found = 1 } END { exit !found }'; }

# becomes_free NAME PORT: at once, but for a program that was killed. Its last threads hold its port for a moment longer; our record
# of it tells, which `down` takes away.
becomes_free() {
  local program=$1 deadline=$((SECONDS + 10))
  [ "$program" != controller ] || program=kafka
  until is_free "$2"; do
    [ -e "$run/$program.process" ] && [ $SECONDS -lt $deadline ] || return 1
    sleep 0.05
  done
}

# choose_port NAME [WANTED]: a port for a program that does not run now.
choose_port() {
  local name=$1 wanted=${2:-} candidate
  if [ -n "$wanted" ]; then
    [[ $wanted =~ ^[0-9]+$ ]] && [ "$wanted" -ge 1 ] && [ "$wanted" -le 65535 ] ||
      fail "\"$wanted\" is not a port for $name" "give a number from 1 to 65535, or none: a free one is chosen"
    becomes_free "$name" "$wanted" || fail "port $wanted, wanted for $name, is taken" "see by whom: ss -ltnp 'sport = :$wanted'; or choose no port: a free one is taken"
    port[$name]=$wanted
    return
  fi
  if [ -n "${port[$name]:-}" ]; then
    becomes_free "$name" "${port[$name]}" && return
    say "port ${port[$name]} of $name was taken by another program; choosing a new one"
  fi
  while :; do
    candidate=$((20000 + RANDOM % 12000))
    [[ " ${port[*]} " == *" $candidate "* ]] && continue
    is_free "$candidate" && break
  done
  port[$name]=$candidate
}
