# Where things are. One stack owns exactly one folder, $stack_home:
#   .gofuture-stack   the mark by which we know the folder is ours (nothing without it is ever deleted)
#   data/             kafka/ and postgres/; a symbolic link when the data had to go, or was asked to go, elsewhere
#   conf/ logs/       written anew at every start; the log of the run before is kept as *.1
#   run/              who runs (see process.sh) and on which ports
#   env               the addresses, sourceable; there only between `up` and `down`
#   postgres-elsewhere  a link, only where the user postgres cannot enter this folder (see postgres.sh)
# Beside it: $home/stack.lock, outside of the folder because `down --wipe` deletes the folder while holding the lock.

find_home() {
  checkout=$(cd "$stack_code/../.." && pwd)
  home=$(realpath -m -- "${GOFUTURE_HOME:-$checkout/.gofuture}")
  cache=$(realpath -m -- "${GOFUTURE_CACHE:-$checkout/.gofuture/cache}")
  stack_home=$home/stack
  data=$stack_home/data conf=$stack_home/conf logs=$stack_home/logs run=$stack_home/run
  # Names what this stack has to keep outside of its folder, so that two stacks never share it.
  home_digest=$(printf %s "$home" | sha256sum | cut -c1-12)
  wanted_data=${GOFUTURE_STACK_DATA:+$(realpath -m -- "$GOFUTURE_STACK_DATA")/gofuture-stack-$home_digest}
  # Postgres must be able to stand in its working directory, and the caller's may be closed to it.
  cd /
}

make_home() {
  mkdir -p "$home"
  if [ -d "$stack_home" ] && [ ! -e "$stack_home/.gofuture-stack" ] && [ -n "$(ls -A "$stack_home")" ]; then
    fail "$stack_home exists and was not made by this command" "name another folder with GOFUTURE_HOME, or move that one away"
  fi
  mkdir -p "$stack_home"
  : >"$stack_home/.gofuture-stack"
  mkdir -p "$conf" "$logs" "$run"
  if [ ! -e "$data" ]; then
    # A link whose target vanished (a tmpfs after a reboot) gets a fresh, empty target: the data is gone, the stack is not broken.
    if [ -L "$data" ] && [ -z "$wanted_data" ]; then
      wanted_data=$(readlink "$data")
      say "the data in $wanted_data is gone (a tmpfs after a restart?); starting empty"
    fi
    if [ -n "$wanted_data" ]; then
      mkdir -p "$wanted_data"
      ln -sfn "$wanted_data" "$data"
    else
      mkdir -p "$data"
    fi
  fi
}

has_home() { [ -e "$stack_home/.gofuture-stack" ]; }

# forget_home: delete everything of a stopped stack, wherever it is. A link's target goes only if its name is one that we gave.
forget_home() {
  local link target
  has_home || return 0
  for link in "$stack_home/postgres-elsewhere" "$data"; do
    [ -L "$link" ] || continue
    target=$(readlink "$link")
    [ "$(basename "$target")" = "gofuture-stack-$home_digest" ] || fail "$link points to $target, which is not a name this command gives" "delete it yourself"
    rm -rf -- "$target"
    rmdir --ignore-fail-on-non-empty "$(dirname "$target")" 2>/dev/null || true
  done
  rm -rf -- "$stack_home"
}

# write_file PATH: stdin becomes the file in one step; a reader or a kill never sees half of it.
write_file() {
  cat >"$1.new"
  mv -f -- "$1.new" "$1"
}
