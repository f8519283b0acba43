#!lua flags=allow-oom
-- Drops from the log what the ledger holds, and says how far that is. Never lowers `issued`.
--
-- KEYS  meta, queue of the epoch          ARGV  epoch, the first position to keep, issued
-- Reply 1, or 0: not this epoch, or not confirmed for the lineage that serves

local meta = redis.call('HMGET', KEYS[1], 'epoch', 'run_id', 'issued')
local run_id = string.match(redis.call('INFO', 'replication'), 'master_replid:(%x+)')
if meta[1] ~= ARGV[1] or meta[2] ~= run_id then return 0 end

redis.call('XTRIM', KEYS[2], 'MINID', '=', ARGV[2])
if tonumber(ARGV[3]) > (tonumber(meta[3]) or 0) then redis.call('HSET', KEYS[1], 'issued', ARGV[3]) end
return 1
