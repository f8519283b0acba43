export const redisOptions = { host: '127.0.0.1', port: Number(process.env.REDIS_PORT) }
export const mysqlOptions = {
  host: '127.0.0.1', port: Number(process.env.MYSQL_PORT), user: 'root', database: process.env.MYSQL_DATABASE,
  timezone: 'Z', connectionLimit: 10
}
export const queueName = 'issues'
export const prefix = 'node'
