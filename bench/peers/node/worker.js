// Writes the rows: a BullMQ worker, each job one row, many jobs at a time.
import { Worker } from 'bullmq'
import mysql from 'mysql2/promise'
import { mysqlOptions, prefix, queueName, redisOptions } from './settings.js'

const concurrency = Number(process.env.CONCURRENCY ?? 50)
const pool = mysql.createPool({ ...mysqlOptions, connectionLimit: concurrency })

const worker = new Worker(queueName, async (job) => {
  await pool.execute('INSERT INTO coupon_issues (coupon_id, user_id) VALUES (?, ?) ON DUPLICATE KEY UPDATE user_id = VALUES(user_id)',
    [job.data.coupon, job.data.user])
}, { connection: { ...redisOptions, maxRetriesPerRequest: null }, prefix, concurrency })
worker.on('error', (error) => console.error(error.message))
