#!lua flags=no-writes
-- What a node needs to say "sold out" for a moment without asking: see gate/redis/look_call.hpp.
--
-- KEYS  meta, users of the epoch          ARGV  epoch
-- Reply missing | closed, the epoch that is open and confirmed here (0: none) | retired |
--       decided, now in ms, size, config version, announced version, total (empty: unlimited), start ms, end ms, paused,
--       run_id

local meta = redis.call('HMGET', KEYS[1], 'epoch', 'state', 'run_id', 'config_version', 'announced', 'total', 'start',
  'end', 'paused')
if not meta[1] then return {'missing'} end
if meta[2] == 'retired' then return {'retired'} end  -- whatever epoch the caller knows: the ledger answers
local same_epoch = meta[1] == ARGV[1]

-- A replica may lag: only a master's word counts.
local info = redis.call('INFO', 'replication')
local serves = meta[2] == 'open' and meta[3] == string.match(info, 'master_replid:(%x+)') and
  string.find(info, 'role:master', 1, true) ~= nil
if not (same_epoch and serves) then return {'closed', serves and meta[1] or '0'} end

local time = redis.call('TIME')
return {'decided', time[1] * 1000 + math.floor(time[2] / 1000), redis.call('HLEN', KEYS[2]), meta[4], meta[5] or '0',
  meta[6] or '', meta[7], meta[8], meta[9], meta[3]}
