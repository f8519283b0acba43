#!lua flags=allow-oom
-- Drops from the queue what the ledger holds, and says how far that is. Never lowers `issued`.
--
-- KEYS  meta, queue of the epoch          ARGV  epoch, the first position to keep, issued
-- Reply 1, or 0: not this epoch, not open, or not confirmed

local meta = redis.call('HMGET', KEYS[1], 'epoch', 'state', 'run_id', 'issued')
local run_id = string.match(redis.call('INFO', 'replication'), 'master_replid:(%x+)')
if meta[1] ~= ARGV[1] or meta[2] ~= 'open' or meta[3] ~= run_id then return 0 end

redis.call('XTRIM', KEYS[2], 'MINID', '=', ARGV[2])
if tonumber(ARGV[3]) > (tonumber(meta[4]) or 0) then redis.call('HSET', KEYS[1], 'issued', ARGV[3]) end
return 1
