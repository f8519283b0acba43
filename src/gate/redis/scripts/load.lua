#!lua
-- Adds users to an epoch that is being built.
--
-- KEYS  meta, users of the epoch          ARGV  epoch, run_id, then user, "sequence:ms" (returned: with an r behind it), …
-- Reply 1, or 0: not this epoch, not closed, or another lineage serves

local meta = redis.call('HMGET', KEYS[1], 'epoch', 'state')
local run_id = string.match(redis.call('INFO', 'replication'), 'master_replid:(%x+)')
if meta[1] ~= ARGV[1] or meta[2] ~= 'closed' or ARGV[2] ~= run_id then return 0 end

if #ARGV > 2 then redis.call('HSET', KEYS[2], unpack(ARGV, 3)) end
return 1
