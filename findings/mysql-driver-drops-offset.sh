#!/usr/bin/env bash
# MySQL drivers for Python: a datetime that knows its offset (10:00+09:00) is written as 10:00, as if it were of the server's zone.
#
# PyMySQL and MySQL's own mysql-connector-python take a datetime with a time zone and leave the zone out: no error, no
# warning, no conversion. A coupon that opens at 10:00 in Seoul opens nine hours late on a server in UTC. One moment, written with two
# offsets, becomes two times; two moments nine hours apart become one.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q --disable-pip-version-check PyMySQL==1.1.1 mysql-connector-python==9.1.0 tzdata==2024.2

# No server is needed: what is asked is the text that each driver puts into the statement.
"$work/venv/bin/python" -W error - <<'PYTHON'
import datetime
import importlib.metadata
import sys
import zoneinfo

import mysql.connector
import mysql.connector.conversion
import pymysql
import pymysql.converters

print(*(f"{name} {importlib.metadata.version(name)}" for name in ("PyMySQL", "mysql-connector-python")))
in_seoul = datetime.datetime(2026, 12, 5, 10, 0, tzinfo=zoneinfo.ZoneInfo("Asia/Seoul"))
in_utc = in_seoul.astimezone(datetime.timezone.utc)
assert in_seoul == in_utc, "one moment"
nine_hours_later = datetime.datetime(2026, 12, 5, 10, 0, tzinfo=datetime.timezone.utc)
assert nine_hours_later - in_seoul == datetime.timedelta(hours=9)

converter = mysql.connector.conversion.MySQLConverter()
drivers = {"PyMySQL": lambda t: pymysql.converters.escape_item(t, "utf8mb4"),
           "mysql-connector-python": lambda t: converter.quote(converter.to_mysql(t)).decode()}
as_seen = True
for name, written in drivers.items():
    texts = [written(t).strip("'") for t in (in_seoul, in_utc, nine_hours_later)]
    print(f"{name}: {in_seoul.isoformat()} -> {texts[0]}; the same moment as {in_utc.isoformat()} -> {texts[1]}; "
          f"{nine_hours_later.isoformat()} -> {texts[2]}")
    as_seen &= texts == ["2026-12-05 10:00:00", "2026-12-05 01:00:00", "2026-12-05 10:00:00"]
print("as described" if as_seen else "NOT as described: it behaves otherwise now")
sys.exit(0 if as_seen else 1)
PYTHON
