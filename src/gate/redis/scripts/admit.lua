#!lua
-- Lets a batch of users in: decides about each of them, gives the next sequences, appends one entry to the queue. Atomic.
--
-- KEYS  meta, users and queue of the epoch
-- ARGV  epoch, coupon id, the most that may wait for the ledger, then 1 to 1024 users, each once
-- Reply one of
--   missing
--   closed, the epoch that is open and confirmed here (0: none)
--   retired
--   decided, now in ms, size before, how many were let in, the refusal of the other new ones, config version, announced
--     version, total (empty: unlimited), window start and end in ms, those who were in already as
--     "place=sequence:ms,…" (places count from 0; an r behind it: returned), run_id. The new users were let in as they stand in the batch, from size + 1.
-- An error means that nothing happened.
--
-- Everything is checked before the first write, but for two things that only the writes themselves can tell for free:
-- a user who stands twice in the batch, and a sequence that was queued before (an entry's id is its first sequence, and
-- ids only rise). Then the new fields are taken back, which leaves all as it was.

local meta = redis.call('HMGET', KEYS[1], 'epoch', 'state', 'run_id', 'config_version', 'announced', 'total', 'start',
  'end', 'paused', 'issued')
if not meta[1] then return {'missing'} end
if meta[2] == 'retired' then return {'retired'} end  -- whatever epoch the caller knows: the ledger answers
local same_epoch = meta[1] == ARGV[1]

-- The lineage of the data: new after each restart and each promotion. A caller cannot know it; only the server can.
local run_id = string.match(redis.call('INFO', 'replication'), 'master_replid:(%x+)')
local serves = meta[2] == 'open' and meta[3] == run_id
if not (same_epoch and serves) then return {'closed', serves and meta[1] or '0'} end

local users_in_batch = #ARGV - 3
if users_in_batch < 1 or users_in_batch > 1024 then return redis.error_reply('ERR admit takes 1 to 1024 users') end
local records = redis.call('HMGET', KEYS[2], unpack(ARGV, 4))
local known, new, new_users = {}, {}, 0
for i = 1, users_in_batch do
  if records[i] then
    known[#known + 1] = (i - 1) .. '=' .. records[i]
  else
    new_users = new_users + 1
    new[new_users] = ARGV[i + 3]
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
  local places = math.max(0, (tonumber(meta[6]) or 2147483647) - size)
  local waiting_room = math.max(0, tonumber(ARGV[3]) - (size - (tonumber(meta[10]) or 0)))
  room = math.min(places, waiting_room)
  refusal = places <= waiting_room and 'sold_out' or 'overloaded'
end

local admitted = math.min(new_users, room)
if admitted > 0 then
  local at = string.format('%d', now)
  -- Making text of a number is the dearest part of this loop: once for ten users.
  local dated = ':' .. at
  local fields, tens, ones = {}, '', {[0] = '0', '1', '2', '3', '4', '5', '6', '7', '8', '9'}
  for k = 1, admitted do
    local sequence = size + k
    local one = sequence % 10
    if (one == 0 or k == 1) and sequence >= 10 then tens = string.format('%d', (sequence - one) / 10) end
    fields[2 * k - 1] = new[k]
    fields[2 * k] = tens .. ones[one] .. dated
  end
  local first = string.format('%d', size + 1)
  local added = redis.call('HSET', KEYS[2], unpack(fields))
  local queued = added == admitted and redis.pcall('XADD', KEYS[3], first .. '-0', 's', first, 't', at, 'u',
    table.concat(new, ',', 1, admitted))
  if not queued or queued.err then
    redis.call('HDEL', KEYS[2], unpack(new, 1, admitted))
    return queued or redis.error_reply('ERR a user stands twice in the batch')
  end
  redis.pcall('PUBLISH', string.match(KEYS[1], '^[^{]*') .. 'log', ARGV[2])  -- wakes a worker; if it gets lost, the worker looks by itself
end
return {'decided', now, size, admitted, refusal, meta[4], meta[5] or '0', meta[6] or '', meta[7],
  meta[8], table.concat(known, ','), run_id}
