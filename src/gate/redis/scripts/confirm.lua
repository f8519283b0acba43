#!lua
-- Stamps the gate with the lineage that serves it, after the ledger has taken it (docs/adr/0004).
--
-- KEYS  meta          ARGV  epoch, run_id, then version, total (empty: unlimited), start ms, end ms, paused,
--       how much of the total came back to the pool
-- Reply 1, or 0: not this epoch, not open, or another lineage serves

local meta = redis.call('HMGET', KEYS[1], 'epoch', 'state', 'config_version')
local run_id = string.match(redis.call('INFO', 'replication'), 'master_replid:(%x+)')
if meta[1] ~= ARGV[1] or meta[2] ~= 'open' or ARGV[2] ~= run_id then return 0 end

redis.call('HSET', KEYS[1], 'run_id', run_id)
if tonumber(ARGV[3]) > tonumber(meta[3]) then
  redis.call('HSET', KEYS[1], 'config_version', ARGV[3], 'start', ARGV[5], 'end', ARGV[6], 'paused', ARGV[7],
    'restocked', ARGV[8])
  if ARGV[4] == '' then redis.call('HDEL', KEYS[1], 'total') else redis.call('HSET', KEYS[1], 'total', ARGV[4]) end
  redis.call('HDEL', KEYS[1], 'lowering')
end
return 1
