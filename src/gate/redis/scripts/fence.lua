#!lua
-- Closes the gate for a rebuild with an epoch of its own. The epoch that was open last is remembered as the source,
-- however often the rebuild has to start over: its users are still to be drained.
--
-- KEYS  meta          ARGV  epoch
-- Reply run_id, source (0: none) | an empty array: the gate's epoch is not lower

local meta = redis.call('HMGET', KEYS[1], 'epoch', 'state', 'source')
if meta[1] and tonumber(meta[1]) >= tonumber(ARGV[1]) then return {} end

local source = meta[3] or '0'
if meta[2] == 'open' then source = meta[1] end
redis.call('HSET', KEYS[1], 'epoch', ARGV[1], 'state', 'closed', 'source', source)
return {string.match(redis.call('INFO', 'replication'), 'master_replid:(%x+)'), source}
