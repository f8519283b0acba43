#!lua
-- The first half of a lowering: from here on the gate lets in no more than the new total; the ledger follows. The
-- version stays, or a crash in between would leave two totals under one version.
--
-- KEYS  meta, users of the epoch          ARGV  epoch, the version that the gate must have, total
-- Reply done | not_this_gate | not_newer (another version, a lowering under way, or no lowering at all) |
--       below_admitted

local meta = redis.call('HMGET', KEYS[1], 'epoch', 'state', 'run_id', 'config_version', 'lowering', 'total',
  'announced')
local run_id = string.match(redis.call('INFO', 'replication'), 'master_replid:(%x+)')
if meta[1] ~= ARGV[1] or meta[2] ~= 'open' or meta[3] ~= run_id then return 'not_this_gate' end
if meta[4] ~= ARGV[2] or meta[5] then return 'not_newer' end
if meta[6] and tonumber(ARGV[3]) > tonumber(meta[6]) then return 'not_newer' end
if redis.call('HLEN', KEYS[2]) > tonumber(ARGV[3]) then return 'below_admitted' end

redis.call('HSET', KEYS[1], 'total', ARGV[3], 'lowering', '1')
-- Should the lowering die, the old total comes back at once: nobody may rely on a "sold out" seen meanwhile.
if (tonumber(meta[7]) or 0) <= tonumber(meta[4]) then
  redis.call('HSET', KEYS[1], 'announced', string.format('%d', meta[4] + 1))
end
return 'done'
