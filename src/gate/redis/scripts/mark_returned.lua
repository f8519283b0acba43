#!lua
-- Marks the records of users who returned what they had, so that they hear so when they ask again. The gate need not be
-- confirmed: one that Redis has an older copy of is told before it serves again.
--
-- KEYS  meta, users of the epoch          ARGV  epoch, users
-- Reply done | not_this_gate | not_newer (one of them is not in; the others are marked)

local meta = redis.call('HMGET', KEYS[1], 'epoch', 'state')
if meta[1] ~= ARGV[1] or meta[2] ~= 'open' then return 'not_this_gate' end

local outcome = 'done'
for n = 2, #ARGV do
  local record = redis.call('HGET', KEYS[2], ARGV[n])
  if not record then
    outcome = 'not_newer'
  elseif string.sub(record, -1) ~= 'r' then
    redis.call('HSET', KEYS[2], ARGV[n], record .. 'r')
  end
end
return outcome
