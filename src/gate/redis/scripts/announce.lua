#!lua
-- Tells the nodes that hold a sold-out lease not to renew it.
--
-- KEYS  meta          ARGV  epoch, the version that is to come
-- Reply done | not_this_gate | not_newer

local meta = redis.call('HMGET', KEYS[1], 'epoch', 'state', 'run_id', 'config_version', 'announced')
local run_id = string.match(redis.call('INFO', 'replication'), 'master_replid:(%x+)')
if meta[1] ~= ARGV[1] or meta[2] ~= 'open' or meta[3] ~= run_id then return 'not_this_gate' end
if tonumber(ARGV[2]) <= tonumber(meta[4]) then return 'not_newer' end

if tonumber(ARGV[2]) > (tonumber(meta[5]) or 0) then redis.call('HSET', KEYS[1], 'announced', ARGV[2]) end
return 'done'
