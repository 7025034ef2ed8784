# What the user reads. Progress and trouble go to stderr; stdout carries only what a command was asked for.

say() { printf 'stack: %s\n' "$*" >&2; }

# fail WHAT [REMEDY]: end with status 1.
fail() {
  printf 'stack: error: %s\n' "$1" >&2
  [ $# -lt 2 ] || printf 'stack: what to do: %s\n' "$2" >&2
  exit 1
}

json_text() { # TEXT: as a JSON string
  local text=${1//\\/\\\\}
  text=${text//\"/\\\"}
  printf '"%s"' "$text"
}
