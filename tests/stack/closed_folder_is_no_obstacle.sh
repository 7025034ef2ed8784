#!/usr/bin/env bash
# A checkout under /root: the user postgres cannot enter it. And data on another place by request. Wipe leaves nothing in either.
. "$(dirname "$0")/support.sh"
[ "$(id -u)" = 0 ] || skip "only root runs Postgres as another user"

chmod 700 "$test_folder"
"$stack" up
load_env
expect "Postgres runs" same "$(sql 'select 1')" 1
expect "nobody's permissions were changed" same "$(stat -c %a "$test_folder")" 700
place=$(dirname "$(field postgres.data)")
expect "its data is outside" test -d "$place/postgres"
sql "create table kept (word text); insert into kept values ('a row')"
"$stack" down
"$stack" up
load_env
expect "the data is found again" same "$(sql 'select word from kept')" "a row"
"$stack" down --wipe
expect "wipe deletes the data outside too" test ! -e "$place"

chmod 755 "$test_folder"
mkdir "$test_folder/elsewhere"
: >"$test_folder/elsewhere/neighbour"
GOFUTURE_STACK_DATA=$test_folder/elsewhere "$stack" up
expect "the data is where it was asked to be" test -d "$test_folder"/elsewhere/gofuture-stack-*/postgres
"$stack" down
expect "a later up will find it there without being told" same "$(field kafka.data)" "$(readlink "$GOFUTURE_HOME/stack/data")/kafka"
"$stack" down --wipe
expect "wipe deletes only its own folder there" same "$(ls "$test_folder/elsewhere")" neighbour
