-- Reads and writes counters. take.lua and give.lua are appended to this text.
--
-- KEYS     the counters of one organization, all in one slot
-- ARGV[1]  the time in milliseconds, for tests; empty: the server's clock, never a client's
-- ARGV[2]  the process that asks
-- ARGV[3]  the time after its last sign of life until a process counts as dead, in milliseconds
-- ARGV[3 + i]  the level for KEYS[i] if it does not exist; empty: not known
--
-- Numbers are doubles. Integers below 2^53 are exact, and the caller checks that bound.

-- Windows are stored for this long after their end, so that late calls still find their levels.
local RETENTION_MS = 3600000
-- Added to the lifetime of a rate, because keys expire by the server's clock.
local MARGIN_MS = 60000
-- If the clock was set back by more than this, the new time counts at once.
local STEP_BACK_MS = 1000

local now = tonumber(ARGV[1])
if not now then
  local time = redis.call('TIME')
  now = time[1] * 1000 + math.floor(time[2] / 1000)
end
local node = ARGV[2]
local lease_ttl_ms = tonumber(ARGV[3])
local arguments_from = 4 + #KEYS

-- tostring keeps only 14 digits.
local function text(number)
  return string.format('%.0f', number)
end

-- Exact for integers below 2^53. The smallest fraction of a quotient q is 1 / b. Because q < 2^53 /
-- b, that is more than half of the distance between doubles at q.
local function divide_up(a, b)
  return math.ceil(a / b)
end

-- A rule takes four arguments: kind, max, and two that depend on the kind.
local function read_rule(at)
  local rule = { kind = ARGV[at], max = tonumber(ARGV[at + 1]) }
  if rule.kind == 'window' then
    rule.ceiling = rule.max
    rule.ends_at = tonumber(ARGV[at + 2])
  else
    rule.window_ms = tonumber(ARGV[at + 2])
    rule.ceiling = tonumber(ARGV[at + 3])
  end
  return rule
end

-- `used` is in units for a window, and in unit-milliseconds of debt for a rate.
local function load_hash(counter)
  local fields = redis.call('HGETALL', counter.key)
  counter.exists = #fields > 0
  for i = 1, #fields, 2 do
    local name, value = fields[i], fields[i + 1]
    if name == 'used' then
      counter.used = tonumber(value)
    elseif name == 'at' then
      counter.at = tonumber(value)
    elseif name == 'leak' then
      counter.leak = tonumber(value)
    else
      local units, heard_at = string.match(value, '^(%d+) (%d+)$')
      units, heard_at = tonumber(units), tonumber(heard_at)
      counter.leased = counter.leased + units
      if name == 'node:' .. node then
        counter.mine = units
        counter.had_mine = true
      else
        counter.others[#counter.others + 1] = { name = name, units = units, heard_at = heard_at }
      end
    end
  end
end

local counters = {}
-- The counters that must be seeded before the script can decide anything.
local missing = {}

local function load(index, rule)
  local counter = counters[index]
  if counter then return counter end
  counter = {
    key = KEYS[index], kind = rule.kind, used = 0, leased = 0, mine = 0, others = {}, gone = {},
  }
  counters[index] = counter
  load_hash(counter)
  if rule.kind == 'window' and not counter.exists then
    -- The first seed wins: the counter does not exist, and no other script runs at the same time.
    counter.used = tonumber(ARGV[3 + index])
    counter.changed = true
    if not counter.used then missing[#missing + 1] = index - 1 end
  end
  return counter
end

-- A rate is a leaky bucket, see src/core/leaky-bucket.ts. This subtracts what has leaked since the
-- last write, at the rate that was in force then.
local function leak(counter, rule)
  local elapsed = now - (counter.at or now)
  if elapsed >= 0 or elapsed < -STEP_BACK_MS then counter.at = now end
  if elapsed > 0 then
    -- A product that is too large to be exact is larger than any debt.
    counter.used = math.max(0, counter.used - counter.leak * elapsed)
  end
  if counter.leak ~= rule.max then
    counter.leak = rule.max
    if counter.exists then counter.changed = true end
  end
end

-- After this silence a process can no longer use its lease. The lease becomes debt as of now, which
-- is later than any use of it, and leaks away. A window's lease is never reclaimed, because it
-- could have been used at any time in the window.
local function end_dead_leases(counter, rule)
  local living = {}
  for _, other in ipairs(counter.others) do
    if other.heard_at + rule.window_ms + lease_ttl_ms < now then
      counter.leased = counter.leased - other.units
      counter.used = counter.used + other.units * rule.window_ms
      counter.gone[#counter.gone + 1] = other.name
      counter.changed = true
    else
      living[#living + 1] = other
    end
  end
  counter.others = living
end

local function bring_up_to_date(counter, rule)
  counter.rule = rule
  if rule.kind == 'rate' then
    leak(counter, rule)
    end_dead_leases(counter, rule)
  end
  -- A sign of life is only written if it prolongs a lease.
  if counter.mine > 0 then counter.changed = true end
end

-- The level in units: used, held and leased.
local function level_of(counter, rule)
  if rule.kind == 'rate' then
    return divide_up(counter.used, rule.window_ms) + counter.leased
  end
  return counter.used + counter.leased
end

-- The lifetime of the key. Nil: the key must stay until the counter changes.
local function life_ms(counter, rule)
  if rule.kind == 'window' then return math.max(rule.ends_at - now, 0) + RETENTION_MS end
  local debt = counter.used + counter.leased * rule.window_ms
  if counter.leak == 0 and debt > 0 then return nil end
  local drained = 0
  if debt > 0 then drained = divide_up(debt, counter.leak) end
  if counter.leased > 0 then drained = drained + rule.window_ms + lease_ttl_ms end
  return drained + MARGIN_MS
end

local function expire(key, ms)
  if ms then
    redis.call('PEXPIRE', key, text(ms))
  else
    redis.call('PERSIST', key)
  end
end

local function save(counter)
  if not counter.changed then return end
  if counter.kind == 'rate' and counter.used == 0 and counter.leased == 0 then
    redis.call('DEL', counter.key)
    return
  end
  local fields = { 'used', text(counter.used) }
  if counter.kind == 'rate' then
    fields[#fields + 1] = 'at'
    fields[#fields + 1] = text(counter.at)
    fields[#fields + 1] = 'leak'
    fields[#fields + 1] = text(counter.leak)
  end
  if counter.mine > 0 then
    fields[#fields + 1] = 'node:' .. node
    fields[#fields + 1] = text(counter.mine) .. ' ' .. text(now)
  elseif counter.had_mine then
    counter.gone[#counter.gone + 1] = 'node:' .. node
  end
  redis.call('HSET', counter.key, unpack(fields))
  if #counter.gone > 0 then redis.call('HDEL', counter.key, unpack(counter.gone)) end
  expire(counter.key, life_ms(counter, counter.rule))
end

local function save_all()
  for _, counter in pairs(counters) do save(counter) end
end
