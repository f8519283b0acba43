import os

import redis.asyncio

REDIS_URL = f"redis://127.0.0.1:{os.environ['REDIS_PORT']}/0?protocol=3"
MYSQL = {"host": "127.0.0.1", "port": int(os.environ["MYSQL_PORT"]), "user": "root",
         "db": os.environ["MYSQL_DATABASE"], "autocommit": True}
STREAM = "python:issues"


def redis_client():
    """A bounded pool for which requests wait: without one, a crowd gets an error for each connection beyond the bound."""
    return redis.asyncio.Redis(connection_pool=redis.asyncio.BlockingConnectionPool.from_url(
        REDIS_URL, max_connections=64, timeout=10))
