#!lua flags=no-writes
-- The state of several gates, as of one instant.
--
-- KEYS  meta and users of each, of the epoch that the caller believes in
-- ARGV  those epochs
-- Reply who serves, and for each its meta's fields in the order of read_queue.lua and its size, joined by commas; an
--       empty text: there is no such gate, or it is of another epoch

-- As in read_queue.lua: a replica never passes for the lineage that was confirmed.
local info = redis.call('INFO', 'replication')
local serves = string.match(info, 'master_replid:(%x+)')
if not string.find(info, 'role:master', 1, true) then serves = 'replica of ' .. serves end

local reply = {serves}
for n = 1, #ARGV do
  local meta = redis.call('HMGET', KEYS[2 * n - 1], 'epoch', 'state', 'run_id', 'config_version', 'total', 'start',
    'end', 'paused', 'lowering', 'issued', 'restocked')
  local line = ''
  if meta[1] == ARGV[n] then
    for field = 1, #meta do meta[field] = meta[field] or '' end
    meta[#meta + 1] = redis.call('HLEN', KEYS[2 * n])
    line = table.concat(meta, ',')
  end
  reply[n + 1] = line
end
return reply
