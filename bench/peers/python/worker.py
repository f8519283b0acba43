"""Moves entries of the stream into rows: a consumer group, batches, and what was taken before a crash first."""

import asyncio
import logging

import asyncmy
from redis.exceptions import RedisError, ResponseError

import settings

GROUP, CONSUMER, BATCH = "writers", "writer-1", 500  # one worker at a time; by its name it finds what it had taken


async def make_group(client):
    try:
        await client.xgroup_create(settings.STREAM, GROUP, id="0", mkstream=True)
    except ResponseError as error:
        if not str(error).startswith("BUSYGROUP"):
            raise


async def write(pool, entries):
    rows = [(int(fields[b"coupon"]), int(fields[b"user"])) for _, fields in entries if fields]
    async with pool.acquire() as connection, connection.cursor() as cursor:
        await cursor.executemany("INSERT INTO coupon_issues (coupon_id, user_id) VALUES (%s, %s)"
                                 " ON DUPLICATE KEY UPDATE user_id = VALUES(user_id)", rows)


def entries_of(found):
    streams = found.values() if isinstance(found, dict) else [entries for _, entries in found or []]
    for entries in streams:
        return entries[0] if entries and isinstance(entries[0], list) else entries
    return []


async def run(client, pool):
    since = "0"
    await make_group(client)
    while True:
        entries = entries_of(await client.xreadgroup(GROUP, CONSUMER, {settings.STREAM: since}, count=BATCH, block=1000))
        if not entries:
            since = ">"
            continue
        await write(pool, entries)
        ids = [entry_id for entry_id, _ in entries]
        async with client.pipeline(transaction=True) as pipeline:
            await pipeline.xack(settings.STREAM, GROUP, *ids).xdel(settings.STREAM, *ids).execute()


async def main():
    client = settings.redis_client()
    pool = await asyncmy.create_pool(minsize=1, maxsize=1, **settings.MYSQL)
    while True:
        try:
            await run(client, pool)
        except (RedisError, asyncmy.errors.MySQLError, OSError):
            logging.exception("once more in a moment")
            await asyncio.sleep(0.2)


if __name__ == "__main__":
    asyncio.run(main())
