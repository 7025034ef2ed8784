# One command at a time changes a stack. The kernel drops a lock with its last holder, so a killed command never leaves one behind.
# A started program holds the lock (descriptor 9) until it has written down who it is, see `launch`: the next command waits for that.

lock_stack() {
  mkdir -p "$home"
  exec 9>>"$home/stack.lock"
  flock -n 9 && return
  say "another stack command is at work in $home; waiting for it"
  flock -w 300 9 || fail "another stack command has held $home/stack.lock for five minutes" "see who: fuser -v $home/stack.lock"
}

lock_cache() {
  mkdir -p "$cache"
  exec 8>>"$cache/lock"
  flock -w 900 8 || fail "another command has held $cache/lock for fifteen minutes" "see who: fuser -v $cache/lock"
}

unlock_cache() { exec 8>&-; }
