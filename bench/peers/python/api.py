"""A coupon service as a Python programmer would write it: FastAPI on uvicorn, redis-py's asyncio with one script, a stream.

uvicorn api:app --workers 2 --loop uvloop --http httptools"""

import contextlib
import datetime
import os
import time

import asyncmy
from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, PositiveInt
from redis.exceptions import RedisError

import settings


class IssueRequest(BaseModel):
    userId: PositiveInt


class Coupons:
    """Read from the database, and remembered for a minute."""

    def __init__(self, pool):
        self.pool, self.known = pool, {}

    async def get(self, coupon_id):
        found = self.known.get(coupon_id)
        if found is None or time.monotonic() - found[0] > 60:
            async with self.pool.acquire() as connection, connection.cursor() as cursor:
                await cursor.execute("SELECT total_quantity, date_issue_start, date_issue_end FROM coupons WHERE id = %s",
                                     (coupon_id,))
                found = (time.monotonic(), await cursor.fetchone())
            self.known[coupon_id] = found
        return found[1]


@contextlib.asynccontextmanager
async def lifespan(app):
    app.state.redis = settings.redis_client()
    with open(os.environ["ISSUE_LUA"]) as text:
        app.state.issue = app.state.redis.register_script(text.read())
    app.state.pool = await asyncmy.create_pool(minsize=1, maxsize=5, **settings.MYSQL)
    app.state.coupons = Coupons(app.state.pool)
    yield
    await app.state.redis.aclose()
    app.state.pool.close()
    await app.state.pool.wait_closed()


app = FastAPI(lifespan=lifespan)
ACCEPTED = JSONResponse({"status": "accepted"}, 202)
ALREADY = JSONResponse({"status": "already_issued"}, 200)
SOLD_OUT = JSONResponse({"code": "sold_out"}, 409)


@app.get("/readyz")
async def readyz():
    await app.state.redis.ping()
    async with app.state.pool.acquire() as connection:
        await connection.ping()
    return Response(status_code=200)


@app.post("/v1/coupons/{coupon_id}/issues")
async def issue(coupon_id: int, body: IssueRequest):
    coupon = await app.state.coupons.get(coupon_id)
    if coupon is None:
        return JSONResponse({"code": "no_such_coupon"}, 404)
    total, start, end = coupon
    if not start <= datetime.datetime.now(datetime.timezone.utc).replace(tzinfo=None) < end:
        return JSONResponse({"code": "not_open"}, 409)
    decision = await app.state.issue(keys=[f"python:users:{coupon_id}", settings.STREAM],
                                     args=[body.userId, coupon_id, total])
    return (SOLD_OUT, ACCEPTED, ALREADY)[decision]


@app.exception_handler(RedisError)
async def unavailable(request: Request, error: RedisError):
    return JSONResponse({"code": "unavailable"}, 503)
