-- Decides one request, and queues it when it is a yes. 1: yes; 2: this user has one already; 0: sold out.
-- KEYS: the set of users, the stream. ARGV: user, coupon, how many there are.
-- It looks for the user first, so that who asks again hears the same, and not "sold out".
if redis.call('SISMEMBER', KEYS[1], ARGV[1]) == 1 then return 2 end
if redis.call('SCARD', KEYS[1]) >= tonumber(ARGV[3]) then return 0 end
redis.call('SADD', KEYS[1], ARGV[1])
redis.call('XADD', KEYS[2], '*', 'coupon', ARGV[2], 'user', ARGV[1])
return 1
