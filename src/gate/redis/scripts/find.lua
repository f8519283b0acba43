#!lua flags=no-writes
-- One user's record.
--
-- KEYS  meta, users of the epoch          ARGV  epoch, user
-- Reply missing | closed, the epoch that is open and confirmed here (0: none) | retired |
--       decided, "sequence:ms" (empty: not admitted)

local meta = redis.call('HMGET', KEYS[1], 'epoch', 'state', 'run_id')
if not meta[1] then return {'missing'} end
if meta[2] == 'retired' then return {'retired'} end  -- whatever epoch the caller knows: the ledger answers
local same_epoch = meta[1] == ARGV[1]

-- A replica may lag: only a master's word counts.
local info = redis.call('INFO', 'replication')
local serves = meta[2] == 'open' and meta[3] == string.match(info, 'master_replid:(%x+)') and
  string.find(info, 'role:master', 1, true) ~= nil
if not (same_epoch and serves) then return {'closed', serves and meta[1] or '0'} end

return {'decided', redis.call('HGET', KEYS[2], ARGV[2]) or ''}
