#!lua flags=no-writes
-- How many each of several gates let in, as of one instant: what a list of coupons shows.
--
-- KEYS  meta and users of each, of the epoch that the caller believes in
-- ARGV  those epochs
-- Reply for each: the size of a gate that is confirmed; -1: there is none of that epoch, or it is not confirmed; -2: it
--       is retired

-- As in read_queue.lua: a replica never passes for the lineage that was confirmed.
local call = redis.call
local info = call('INFO', 'replication')
local serves = string.match(info, 'master_replid:(%x+)')
if not string.find(info, 'role:master', 1, true) then serves = nil end

local reply = {}
for n = 1, #ARGV do
  local meta = call('HMGET', KEYS[2 * n - 1], 'epoch', 'state', 'run_id')
  local count = -1
  if meta[1] == ARGV[n] then
    if meta[2] == 'open' and meta[3] == serves then
      count = call('HLEN', KEYS[2 * n])
    elseif meta[2] == 'retired' then
      count = -2
    end
  end
  reply[n] = count
end
return reply
