# What every stack of this checkout shares, made once: Kafka's jars, an empty formatted data folder, and a class archive (AppCDS)
# that more than halves the broker's start. Everything is made in a folder named *.new and renamed when it is whole, under a lock.

needs_java() {
  local version
  command -v java >/dev/null || fail "java is not installed" "deploy/stack/stack install (as root)"
  version=$(java -version 2>&1 | sed -n 's/.* version "\([0-9]*\).*/\1/p' | head -1)
  [ "${version:-0}" -ge 17 ] || fail "java ${version:-of unknown version} is too old: Kafka needs 17 or newer" "put a newer java on PATH"
}

find_cache() {
  local pom_digest java_digest
  pom_digest=$(sha256sum <"$stack_code/kafka/pom.xml" | cut -c1-12)
  kafka_cache=$cache/kafka-$pom_digest
  kafka_flags=(-Xms256m -Xmx512m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -XX:+ExitOnOutOfMemoryError -Djava.awt.headless=true)
  # An archive is valid only for this JVM, these flags and these paths.
  java_digest=$({ readlink -f "$(command -v java)"; stat -Lc '%s %Y' "$(command -v java)"; printf '%s\n' "${kafka_flags[@]}" "$kafka_cache"; } |
    sha256sum | cut -c1-12)
  kafka_archive=$kafka_cache/classes-$java_digest.jsa
}

cache_is_whole() { [ -d "$kafka_cache/libs" ] && [ -d "$kafka_cache/formatted" ] && [ -e "$kafka_archive" ]; }

prepare_cache() {
  needs_java
  find_cache
  cache_is_whole && return
  lock_cache
  rm -rf -- "$cache"/*.new
  [ -d "$kafka_cache/libs" ] || fetch_jars
  [ -d "$kafka_cache/formatted" ] || make_formatted
  [ -e "$kafka_archive" ] || make_archive
  unlock_cache
}

fetch_jars() {
  local attempt log=$cache/fetch.log
  command -v mvn >/dev/null || fail "Kafka's jars are not here yet and maven, which fetches them, is not installed" "deploy/stack/stack install (as root)"
  say "fetching Kafka's jars (about 55 MB, once)"
  for attempt in 1 2 3; do
    rm -rf -- "$kafka_cache.new"
    # Maven keeps what it has already fetched, so a repeated attempt goes on where the last one broke off.
    if MAVEN_OPTS="-XX:TieredStopAtLevel=1 ${MAVEN_OPTS:-}" mvn -B -q --no-transfer-progress -Dstyle.color=never -f "$stack_code/kafka/pom.xml" \
      org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies -DincludeScope=runtime "-DoutputDirectory=$kafka_cache.new/libs" >"$log" 2>&1 </dev/null; then
      mv -- "$kafka_cache.new" "$kafka_cache"
      return
    fi
    say "attempt $attempt of 3 failed"
  done
  tail -n 15 -- "$log" >&2
  fail "maven could not fetch Kafka's jars (whole log: $log)" "check the network and maven's settings, then run this command again"
}

# In a fixed order: the class archive holds only for the same class path.
kafka_class_path() { printf '%s:' "$kafka_cache"/libs/*.jar; }

# Formatting takes a JVM start; a data folder formatted once and copied takes none (the ids are drawn anew for every copy).
make_formatted() {
  local place=$cache/formatted.new
  mkdir -p "$place"
  kafka_properties "$place/data" 1 2 >"$place/server.properties"
  java -Xmx128m -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Dlog4j2.level=warn -cp "$(kafka_class_path)" kafka.tools.StorageTool format \
    -t AAAAAAAAAAAAAAAAAAAAAQ -c "$place/server.properties" >"$place/log" 2>&1 </dev/null ||
    { tail -n 15 -- "$place/log" >&2; fail "Kafka could not format a data folder" "see the lines above"; }
  mv -- "$place/data" "$kafka_cache/formatted"
  rm -rf -- "$place"
}

# A throwaway broker that is started, asked once and stopped leaves the archive behind. Without one the stack works too, only slower.
make_archive() {
  local place=$cache/archive.new trainer deadline=$((SECONDS + 120)) controller broker
  say "preparing a fast start of the broker (once)"
  mkdir -p "$place"
  cp -r -- "$kafka_cache/formatted" "$place/data"
  choose_port training_kafka; choose_port training_controller
  broker=${port[training_kafka]} controller=${port[training_controller]}
  unset 'port[training_kafka]' 'port[training_controller]'
  kafka_properties "$place/data" "$broker" "$controller" >"$place/server.properties"
  # It dies with us (pdeathsig): a killed `up` leaves no trainer behind.
  setpriv --pdeathsig KILL java "${kafka_flags[@]}" "-XX:ArchiveClassesAtExit=$place/classes.jsa" "-Dlog4j2.configurationFile=$stack_code/kafka/log4j2.properties" \
    -cp "$(kafka_class_path)" kafka.Kafka "$place/server.properties" >"$place/log" 2>&1 </dev/null 8>&- 9>&- &
  trainer=$!
  until kcat -L -m 2 -b "127.0.0.1:$broker" >/dev/null 2>&1 || [ $SECONDS -ge $deadline ]; do
    process_started "$trainer" >/dev/null || break
    sleep 0.1
  done
  kill "$trainer" 2>/dev/null || true
  wait "$trainer" 2>/dev/null || true
  if [ -s "$place/classes.jsa" ]; then
    rm -f -- "$kafka_cache"/classes-*.jsa
    mv -- "$place/classes.jsa" "$kafka_archive"
  else
    say "no class archive could be made (the broker starts a few seconds slower); its log: $cache/archive.log"
    cp -- "$place/log" "$cache/archive.log"
  fi
  rm -rf -- "$place"
}
