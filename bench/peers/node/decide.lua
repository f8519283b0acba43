-- Decides one request. 1: yes; 2: this user has one already; 0: sold out. The job is added by the caller, with BullMQ.
-- KEYS: the set of users. ARGV: user, how many there are.
if redis.call('SISMEMBER', KEYS[1], ARGV[1]) == 1 then return 2 end
if redis.call('SCARD', KEYS[1]) >= tonumber(ARGV[2]) then return 0 end
redis.call('SADD', KEYS[1], ARGV[1])
return 1
