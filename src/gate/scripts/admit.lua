#!lua
-- Lets a batch of users in: judges each of them, gives the next sequences, appends one entry to the queue. Atomic.
--
-- KEYS  meta, users and queue of the epoch
-- ARGV  epoch, coupon id, the most that may wait for the ledger, then 1 to 1024 users, each once
-- Reply one of
--   missing
--   closed, the epoch that is open and confirmed here (0: none)
--   retired
--   decided, now in ms, size before, how many were let in, the refusal of the other new ones, config version, announced
--     version, total (empty: unlimited), window start in ms, those who were in already as "place=sequence:ms,…"
--     (places count from 0). The new users were let in as they stand in the batch, from size before + 1.
--
-- Nothing is written before everything is checked. XADD comes first: it is the one write that can still refuse (its
-- id, the first sequence, must be higher than every id before), so that no sequence is ever logged twice in an epoch.

local meta = redis.call('HMGET', KEYS[1], 'epoch', 'state', 'run_id', 'version', 'announced', 'total', 'start', 'end',
  'paused', 'issued')
if not meta[1] then return {'missing'} end
local same_epoch = meta[1] == ARGV[1]
if same_epoch and meta[2] == 'retired' then return {'retired'} end

-- The lineage of the data: new after each restart and each promotion. A caller cannot know it; only the server can.
local run_id = string.match(redis.call('INFO', 'replication'), 'master_replid:(%x+)')
local serves = meta[2] == 'open' and meta[3] == run_id
if not (same_epoch and serves) then return {'closed', serves and meta[1] or '0'} end

local users_in_batch = #ARGV - 3
if users_in_batch < 1 or users_in_batch > 1024 then return redis.error_reply('ERR admit takes 1 to 1024 users') end
local records = redis.call('HMGET', KEYS[2], unpack(ARGV, 4))
local known, new, seen = {}, {}, {}
for i = 1, users_in_batch do
  if records[i] then
    known[#known + 1] = (i - 1) .. '=' .. records[i]
  else
    local user = ARGV[i + 3]
    if seen[user] then return redis.error_reply('ERR admit takes each user once') end
    seen[user] = true
    new[#new + 1] = user
  end
end

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local size = redis.call('HLEN', KEYS[2])
local room, refusal = 0, ''
if meta[9] == '1' then
  refusal = 'paused'
elseif now < tonumber(meta[7]) then
  refusal = 'not_started'
elseif now >= tonumber(meta[8]) then
  refusal = 'ended'
else
  local places = (tonumber(meta[6]) or 2147483647) - size
  local waiting_room = tonumber(ARGV[3]) - (size - (tonumber(meta[10]) or 0))
  room = math.max(0, math.min(places, waiting_room))
  refusal = places <= waiting_room and 'sold_out' or 'overloaded'
end

local admitted = math.min(#new, room)
if admitted > 0 then
  local at = string.format('%d', now)
  local first = string.format('%d', size + 1)
  redis.call('XADD', KEYS[3], first .. '-0', 's', first, 't', at, 'u', table.concat(new, ',', 1, admitted))
  local fields = {}
  at = ':' .. at
  for k = 1, admitted do
    fields[2 * k - 1] = new[k]
    fields[2 * k] = (size + k) .. at
  end
  redis.call('HSET', KEYS[2], unpack(fields))
  redis.call('PUBLISH', 'fc:log', ARGV[2])  -- wakes a worker; if it gets lost, the worker looks by itself
end
return {'decided', now, size, admitted, refusal, meta[4], meta[5] or '0', meta[6] or '', meta[7],
  table.concat(known, ',')}
