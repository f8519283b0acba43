#!lua
-- Sets what the gate decides by, as the ledger has it under a higher version; ends a lowering.
--
-- KEYS  meta, users of the epoch          ARGV  epoch, version, total (empty: unlimited), start ms, end ms, paused,
--       how much of the total came back to the pool
-- Reply done | not_this_gate | not_newer | below_admitted

local meta = redis.call('HMGET', KEYS[1], 'epoch', 'state', 'run_id', 'config_version')
local run_id = string.match(redis.call('INFO', 'replication'), 'master_replid:(%x+)')
if meta[1] ~= ARGV[1] or meta[2] ~= 'open' or meta[3] ~= run_id then return 'not_this_gate' end
if tonumber(ARGV[2]) <= tonumber(meta[4]) then return 'not_newer' end
if ARGV[3] ~= '' and redis.call('HLEN', KEYS[2]) > tonumber(ARGV[3]) then return 'below_admitted' end

redis.call('HSET', KEYS[1], 'config_version', ARGV[2], 'start', ARGV[4], 'end', ARGV[5], 'paused', ARGV[6],
  'restocked', ARGV[7])
if ARGV[3] == '' then redis.call('HDEL', KEYS[1], 'total') else redis.call('HSET', KEYS[1], 'total', ARGV[3]) end
redis.call('HDEL', KEYS[1], 'lowering')
return 'done'
