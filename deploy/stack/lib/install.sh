# `install`: what a fresh Debian 12 lacks. Asks dpkg first; when nothing is missing, neither apt nor the network is touched.

install_everything() {
  install_packages
  find_cache
  if cache_is_whole; then say "Kafka's jars: all here"; else prepare_cache; say "Kafka's jars: ready"; fi
}

wanted_packages() { sed -e 's/#.*//' -e 's/[[:space:]]//g' -e '/^$/d' "$stack_code/packages.txt"; }

missing_packages() {
  local name
  for name in $(wanted_packages); do
    # Any Java that is new enough will do.
    if [[ $name == openjdk-* ]] && (needs_java) 2>/dev/null; then continue; fi
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$name" 2>/dev/null)" = installed ] || printf '%s\n' "$name"
  done
}

install_packages() {
  local missing
  command -v dpkg-query >/dev/null || fail "this is not a Debian: dpkg-query is missing" "install by hand what deploy/stack/packages.txt lists"
  mapfile -t missing < <(missing_packages)
  if [ ${#missing[@]} -eq 0 ]; then
    [ ! -e "$cluster_drop_in" ] || allow_system_cluster # of an `install` that was killed
    say "packages: all here"
    return
  fi
  [ "$(id -u)" = 0 ] || fail "missing packages: ${missing[*]}" "run this command as root, or: apt-get install ${missing[*]}"
  say "installing ${#missing[@]} packages: ${missing[*]}"
  without_system_cluster
  apt update
  apt install -y --no-install-recommends "${missing[@]}"
  allow_system_cluster
}

apt() {
  DEBIAN_FRONTEND=noninteractive apt-get -q -o Dpkg::Use-Pty=0 -o Acquire::Retries=3 -o DPkg::Lock::Timeout=300 "$@" </dev/null >&2 ||
    fail "apt-get $1 failed" "see the lines above; Debian 12 has all of deploy/stack/packages.txt"
}

# The package postgresql-15 would create and start a cluster of its own on port 5432. Nobody asked for that: a drop-in of
# postgresql-common says so while we install, and is gone afterwards. A cluster that exists already is not touched either way.
cluster_drop_in=/etc/postgresql-common/createcluster.d/gofuture-stack.conf
made_drop_in_folder=
without_system_cluster() {
  [ -d "${cluster_drop_in%/*}" ] || made_drop_in_folder=yes
  mkdir -p "${cluster_drop_in%/*}"
  printf '%s\n' 'create_main_cluster = false' >"$cluster_drop_in"
  trap allow_system_cluster EXIT
}
allow_system_cluster() {
  rm -f -- "$cluster_drop_in"
  [ -z "$made_drop_in_folder" ] || rmdir --ignore-fail-on-non-empty "${cluster_drop_in%/*}"
  trap - EXIT
}
