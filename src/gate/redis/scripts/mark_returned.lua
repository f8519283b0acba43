#!lua
-- Marks the record of a user who returned what he had, so that he hears so when he asks again.
--
-- KEYS  meta, users of the epoch          ARGV  epoch, user
-- Reply done | not_this_gate | not_newer (he is not in)

local meta = redis.call('HMGET', KEYS[1], 'epoch', 'state', 'run_id')
local run_id = string.match(redis.call('INFO', 'replication'), 'master_replid:(%x+)')
if meta[1] ~= ARGV[1] or meta[2] ~= 'open' or meta[3] ~= run_id then return 'not_this_gate' end

local record = redis.call('HGET', KEYS[2], ARGV[2])
if not record then return 'not_newer' end
if string.sub(record, -1) ~= 'r' then redis.call('HSET', KEYS[2], ARGV[2], record .. 'r') end
return 'done'
