#!lua
-- Closes the gate for a rebuild with an epoch of its own. The epoch that was open last is remembered as the source,
-- however often the rebuild has to start over: its users are still to be drained. So is the one that was retired last,
-- of which nothing is left to be drained, and nothing was lost.
--
-- KEYS  meta          ARGV  epoch
-- Reply run_id, source (0: none), the epoch that was retired (0: none) | an empty array: the gate's epoch is not lower

local meta = redis.call('HMGET', KEYS[1], 'epoch', 'state', 'source', 'retired')
if meta[1] and tonumber(meta[1]) >= tonumber(ARGV[1]) then return {} end

local source = meta[3] or '0'
if meta[2] == 'open' then source = meta[1] end
local retired = meta[4] or '0'
if meta[2] == 'retired' then
  retired = meta[1]
  redis.call('HSET', KEYS[1], 'retired', retired)
end
redis.call('HSET', KEYS[1], 'epoch', ARGV[1], 'state', 'closed', 'source', source)
return {string.match(redis.call('INFO', 'replication'), 'master_replid:(%x+)'), source, retired}
