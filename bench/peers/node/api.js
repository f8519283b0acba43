// A coupon service as a Node programmer would write it: Fastify, ioredis with one script, a BullMQ queue, mysql2; one
// process a core, as node:cluster does it.
import cluster from 'node:cluster'
import { readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import Fastify from 'fastify'
import { Redis } from 'ioredis'
import { Queue } from 'bullmq'
import mysql from 'mysql2/promise'
import { mysqlOptions, prefix, queueName, redisOptions } from './settings.js'

const issueSchema = {
  params: { type: 'object', properties: { id: { type: 'integer' } } },
  body: { type: 'object', required: ['userId'], properties: { userId: { type: 'integer', minimum: 1 } } },
  response: {
    '2xx': { type: 'object', properties: { status: { type: 'string' } } },
    '4xx': { type: 'object', properties: { code: { type: 'string' }, message: { type: 'string' } } }
  }
}

function build () {
  const redis = new Redis({ ...redisOptions, enableAutoPipelining: true })
  redis.on('error', (error) => console.error(error.message))
  redis.defineCommand('decide', { numberOfKeys: 1, lua: readFileSync(new URL('./decide.lua', import.meta.url), 'utf8') })
  const queue = new Queue(queueName, { connection: redisOptions, prefix, defaultJobOptions: { removeOnComplete: true } })
  queue.on('error', (error) => console.error(error.message))
  const pool = mysql.createPool(mysqlOptions)
  const coupons = new Map() // id → coupon, for a minute

  async function couponOf (id) {
    let found = coupons.get(id)
    if (!found || Date.now() - found.loaded > 60_000) {
      const [rows] = await pool.query('SELECT total_quantity, date_issue_start, date_issue_end FROM coupons WHERE id = ?', [id])
      found = { loaded: Date.now(), row: rows[0] }
      coupons.set(id, found)
    }
    return found.row
  }

  const app = Fastify()
  app.get('/readyz', async () => { await redis.ping(); await pool.query('SELECT 1'); return {} })
  app.post('/v1/coupons/:id/issues', { schema: issueSchema }, async (request, reply) => {
    const { id } = request.params
    const { userId } = request.body
    const coupon = await couponOf(id)
    if (!coupon) return reply.code(404).send({ code: 'no_such_coupon' })
    const now = Date.now()
    if (now < coupon.date_issue_start.getTime() || now >= coupon.date_issue_end.getTime()) {
      return reply.code(409).send({ code: 'not_open' })
    }
    const decision = await redis.decide(`${prefix}:users:${id}`, userId, coupon.total_quantity)
    if (decision === 0) return reply.code(409).send({ code: 'sold_out' })
    // Also for who has one already: the process may have died between decision and job. The same id makes it one job.
    await queue.add('issue', { coupon: id, user: userId }, { jobId: `${id}-${userId}` })
    return decision === 1 ? reply.code(202).send({ status: 'accepted' }) : reply.code(200).send({ status: 'already_issued' })
  })
  return app
}

if (cluster.isPrimary) {
  const processes = Number(process.env.PROCESSES ?? availableParallelism())
  for (let i = 0; i < processes; i++) cluster.fork()
  cluster.on('exit', () => cluster.fork())
  process.on('SIGTERM', () => process.exit(0))
} else {
  await build().listen({ host: '127.0.0.1', port: Number(process.env.PORT) })
}
