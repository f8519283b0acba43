#!lua flags=allow-oom
-- Frees what an old epoch left.
--
-- KEYS  meta, users and queue of that epoch          ARGV  that epoch
-- Reply 1, or 0: the epoch is the gate's, or the one that is still to be drained

local meta = redis.call('HMGET', KEYS[1], 'epoch', 'source')
if meta[1] == ARGV[1] or meta[2] == ARGV[1] then return 0 end
redis.call('UNLINK', KEYS[2], KEYS[3])
return 1
