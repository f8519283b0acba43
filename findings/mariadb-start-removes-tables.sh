#!/usr/bin/env bash
# MariaDB: a server that starts removes the temporary tables of every other server that uses the same tmpdir.
#
# At its start mariadbd clears tmpdir (the default: /tmp) of what an earlier run of its own may have left. It goes by the
# files' names only, and these say nothing of whose they are. So two servers on one machine with data folders, sockets and
# ports of their own still share something: whoever starts second deletes files that the first is using. The first says
# nothing at that moment. Its statements fail later, in whatever needs a temporary table on disk, views of
# information_schema among them: seen as "Lost connection to server during query" in two of some thousand test runs that
# start servers side by side. Give each a --tmpdir of its own.
set -euo pipefail
work=$(mktemp -d)
first="" second=""
trap '[[ -z $first ]] || kill "$first"; [[ -z $second ]] || kill "$second"; wait; rm -rf "$work"' EXIT
cd "$work"
# Debian 12's packages (10.11), unpacked and not installed.
apt-get -qq download mariadb-server-core mariadb-client-core libmariadb3 liburing2 2>/dev/null
for package in *.deb; do dpkg -x "$package" root; done
LD_LIBRARY_PATH=$(dirname "$(find root -name 'liburing.so.2' | head -n 1)")
export LD_LIBRARY_PATH=$work/$LD_LIBRARY_PATH
server=$work/root/usr/sbin/mariadbd client=$work/root/usr/bin/mariadb
"$server" --no-defaults --version | sed 's/.*Ver/mariadbd/'

mkdir shared one two
chmod 777 shared
start() { # NAME: a server without tables of rights, on a socket; answers its process id
  "$server" --no-defaults ${EUID:+--user="$(id -un)"} --basedir="$work/root/usr" --datadir="$work/$1" --socket="$work/$1.sock" \
    --skip-networking --skip-grant-tables --tmpdir="$work/shared" --pid-file="$work/$1.pid" --innodb-buffer-pool-size=32M \
    --innodb-log-file-size=8M >"$work/$1.log" 2>&1 &
  local pid=$!
  for _ in $(seq 300); do
    if "$client" --no-defaults --socket="$work/$1.sock" -e "SELECT 1" >/dev/null 2>&1; then break; fi
    sleep 0.1
  done
  echo "$pid"
}
first=$(start one)
mkfifo ask
"$client" --no-defaults --socket="$work/one.sock" --unbuffered --skip-column-names <ask >said 2>&1 &
exec 3>ask
echo "CREATE DATABASE d; USE d; CREATE TEMPORARY TABLE t (w TEXT) ENGINE=Aria; INSERT INTO t VALUES ('kept?'); SELECT w FROM t;" >&3
for _ in $(seq 100); do
  if grep -q kept said; then break; fi
  sleep 0.1
done
before=$(find shared -name '#sql-temptable*' | wc -l)
second=$(start two)
after=$(find shared -name '#sql-temptable*' | wc -l)
exec 3>&-
echo "the first server's temporary table: $before files before the second server started, $after after it did"
[[ $before == 2 && $after == 0 ]]
