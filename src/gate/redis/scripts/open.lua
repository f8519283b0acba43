#!lua
-- Opens a gate that was built, confirmed for the lineage that serves it. What was loaded is in the ledger.
--
-- KEYS  meta, users and queue of the epoch
-- ARGV  epoch, run_id, how many users, then version, total (empty: unlimited), start ms, end ms, paused,
--       how much of the total came back to the pool
-- Reply 1, or 0: not this epoch, not closed, another lineage serves, or not so many users

local meta = redis.call('HMGET', KEYS[1], 'epoch', 'state')
local run_id = string.match(redis.call('INFO', 'replication'), 'master_replid:(%x+)')
if meta[1] ~= ARGV[1] or meta[2] ~= 'closed' or ARGV[2] ~= run_id then return 0 end
if redis.call('HLEN', KEYS[2]) ~= tonumber(ARGV[3]) or redis.call('EXISTS', KEYS[3]) == 1 then return 0 end

redis.call('HSET', KEYS[1], 'state', 'open', 'run_id', run_id, 'issued', ARGV[3], 'config_version', ARGV[4], 'start',
  ARGV[6], 'end', ARGV[7], 'paused', ARGV[8], 'restocked', ARGV[9])
if ARGV[5] == '' then redis.call('HDEL', KEYS[1], 'total') else redis.call('HSET', KEYS[1], 'total', ARGV[5]) end
redis.call('HDEL', KEYS[1], 'source', 'retired', 'lowering', 'announced')
return 1
