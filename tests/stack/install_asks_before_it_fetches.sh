#!/usr/bin/env bash
# `install` with everything there touches neither apt nor maven; what is missing is named; help begins with examples.
. "$(dirname "$0")/support.sh"

mkdir "$test_folder/bin"
for name in apt-get mvn; do
  printf '#!/bin/sh\necho "$0 was called" >>"%s/calls"\nexit 1\n' "$test_folder" >"$test_folder/bin/$name"
  chmod +x "$test_folder/bin/$name"
done
"$stack" install # the jars may be missing on a fresh clone
PATH=$test_folder/bin:$PATH "$stack" install
expect "nothing was fetched" test ! -e "$test_folder/calls"

printf '#!/bin/sh\nfor last; do :; done\n[ "$last" != kcat ] && echo installed\n' >"$test_folder/bin/dpkg-query"
chmod +x "$test_folder/bin/dpkg-query"
PATH=$test_folder/bin:$PATH "$stack" install 2>"$test_folder/told" && failed "install must fail when apt does" ||
  expect "the missing package is named" grep -q 'kcat' "$test_folder/told"
if [ "$(id -u)" = 0 ]; then
  expect "apt was asked" grep -q apt-get "$test_folder/calls"
  expect "the drop-in against a system cluster is gone again" test ! -e /etc/postgresql-common/createcluster.d/gofuture-stack.conf
fi

expect "help begins with examples" same "$("$stack" help | head -1)" Examples
"$stack" frobnicate 2>"$test_folder/told" && failed "an unknown command must fail" || expect "wrong usage is status 2" same $? 2
expect "wrong usage says what was wrong" grep -q frobnicate "$test_folder/told"
