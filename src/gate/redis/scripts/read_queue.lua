#!lua flags=no-writes
-- The gate's status and the head of its queue, as of one instant.
--
-- KEYS  meta, users and queue of the epoch that the caller believes in
-- ARGV  that epoch, the position after which to read, how many entries (0: the status only)
-- Reply missing | other_epoch, the gate's epoch | gate, meta's fields in the order below, who serves, size, entries

local meta = redis.call('HMGET', KEYS[1], 'epoch', 'state', 'run_id', 'config_version', 'total', 'start', 'end',
  'paused', 'lowering', 'issued', 'restocked')
if not meta[1] then return {'missing'} end
if meta[1] ~= ARGV[1] then return {'other_epoch', meta[1]} end

-- A replica has its master's id and may lag: it never passes for the lineage that was confirmed.
local info = redis.call('INFO', 'replication')
local serves = string.match(info, 'master_replid:(%x+)')
if not string.find(info, 'role:master', 1, true) then serves = 'replica of ' .. serves end

local entries = {}
if ARGV[3] ~= '0' then entries = redis.call('XRANGE', KEYS[3], '(' .. ARGV[2], '+', 'COUNT', ARGV[3]) end
return {'gate', meta, serves, redis.call('HLEN', KEYS[2]), entries}
