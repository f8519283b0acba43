#!lua flags=allow-oom
-- Ends a gate for good: its users are freed, and from here on the ledger answers.
--
-- KEYS  meta, users and queue of the epoch          ARGV  epoch, version of the configuration by which it is over
-- Reply 1, or 0: not this epoch, not open, not confirmed, configured anew since, a lowering under way, or the queue is not
--       empty

local meta = redis.call('HMGET', KEYS[1], 'epoch', 'state', 'run_id', 'config_version', 'lowering')
local run_id = string.match(redis.call('INFO', 'replication'), 'master_replid:(%x+)')
if meta[1] ~= ARGV[1] or meta[2] ~= 'open' or meta[3] ~= run_id then return 0 end
if meta[4] ~= ARGV[2] or meta[5] then return 0 end
if redis.call('XLEN', KEYS[3]) ~= 0 then return 0 end

redis.call('HSET', KEYS[1], 'state', 'retired')
redis.call('UNLINK', KEYS[2], KEYS[3])
return 1
