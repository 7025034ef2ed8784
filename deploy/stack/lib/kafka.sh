# The broker: its data folder, its start, how we know it answers.

kafka_properties() { # DATA KAFKA_PORT CONTROLLER_PORT
  sed -e "s|@DATA@|$1|" -e "s|@KAFKA_PORT@|$2|" -e "s|@CONTROLLER_PORT@|$3|" "$stack_code/kafka/server.properties.in"
}

kafka_id() { # 16 random bytes as Kafka writes ids; never a leading dash
  local id=-
  while [[ $id == -* ]]; do id=$(head -c 16 /dev/urandom | base64 | tr '+/' '-_' | tr -d '='); done
  printf '%s' "$id"
}

prepare_kafka_data() {
  [ -e "$data/kafka/meta.properties" ] && return
  [ ! -e "$data/kafka" ] || fail "$data/kafka is not a data folder of Kafka (no meta.properties)" "deploy/stack/stack down --wipe, if its data may go"
  rm -rf -- "$data/kafka.new"
  cp -r -- "$kafka_cache/formatted" "$data/kafka.new"
  sed -i -e "s|^cluster.id=.*|cluster.id=$(kafka_id)|" -e "s|^directory.id=.*|directory.id=$(kafka_id)|" "$data/kafka.new/meta.properties"
  mv -- "$data/kafka.new" "$data/kafka"
}

start_kafka() {
  local flags
  prepare_kafka_data
  choose_port kafka "${GOFUTURE_KAFKA_PORT:-}"
  choose_port controller
  remember_ports
  kafka_properties "$(realpath -m -- "$data")/kafka" "${port[kafka]}" "${port[controller]}" | write_file "$conf/server.properties"
  if [ -n "${GOFUTURE_KAFKA_JAVA_OPTS:-}" ]; then
    read -ra flags <<<"$GOFUTURE_KAFKA_JAVA_OPTS"
  else
    flags=("${kafka_flags[@]}")
    [ ! -e "$kafka_archive" ] || flags+=("-XX:SharedArchiveFile=$kafka_archive" -Xlog:cds=off -Xlog:cds+dynamic=off)
  fi
  launch kafka java "${flags[@]}" "-Dlog4j2.configurationFile=$stack_code/kafka/log4j2.properties" \
    -cp "$(kafka_class_path)" kafka.Kafka "$conf/server.properties"
}

# It has said so itself, and a client gets an answer.
kafka_answers() {
  has_said kafka 'Kafka Server started' || return 1
  kcat -L -m 2 -b "127.0.0.1:${port[kafka]}" >/dev/null 2>&1
}

stop_kafka() {
  signal_process kafka TERM
  await_end kafka 30 && return
  say "the broker did not end within 30 s; killing it"
  signal_process kafka KILL
  await_end kafka 10 || fail "the broker (pid $pid) does not end, even killed" "it hangs in the kernel: look at /proc/$pid/stack and the disk"
}

kill_kafka() { signal_process kafka KILL; }
