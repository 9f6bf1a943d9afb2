// Written by scripts/gen.mjs: change the .lua files beside this folder, then `npm run gen`.

/** The common start of both scripts. */
export const counters = `-- Reads and writes counters. take.lua and give.lua are appended to this text.
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

-- \`used\` is in units for a window, and in unit-milliseconds of debt for a rate.
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
`

export const take = `-- Takes the units of asks in their order, all or nothing for each ask.
--
-- Arguments: for each ask the number of its wants, and for each want the index of its key, units,
-- block, and the rule. Answers {0, indexes of keys to seed}, and then has taken nothing, or
-- {1, answers}. There is a text for each ask: '1 leased level leased level ...', or
-- '0 want level recallable wait want ...'. A wait of -1 means that waiting does not help. The
-- answers are texts because clients read numbers near 2^53 exactly only from text.

local function read_asks()
  local asks = {}
  local at = arguments_from
  while at <= #ARGV do
    local ask = {}
    local count = tonumber(ARGV[at])
    at = at + 1
    for i = 1, count do
      local rule = read_rule(at + 3)
      ask[i] = {
        counter = load(tonumber(ARGV[at]), rule),
        units = tonumber(ARGV[at + 1]), block = tonumber(ARGV[at + 2]), rule = rule,
      }
      at = at + 7
    end
    asks[#asks + 1] = ask
  end
  return asks
end

-- The units or the debt that the take adds to \`used\`.
local function addition(want)
  if want.rule.kind == 'rate' then return want.units * want.rule.window_ms end
  return want.units
end

local function fits(want)
  local counter, rule = want.counter, want.rule
  if rule.kind == 'rate' then
    local room = rule.ceiling - counter.leased - want.units
    return room >= 0 and counter.used <= room * rule.window_ms
  end
  return counter.used + counter.leased + want.units <= rule.max
end

local function recallable(counter)
  for _, other in ipairs(counter.others) do
    if other.units > 0 and other.heard_at + lease_ttl_ms >= now then return 1 end
  end
  return 0
end

local function wait_ms(want)
  local counter, rule = want.counter, want.rule
  if rule.kind == 'window' and want.units <= rule.max then
    return math.max(0, rule.ends_at - now)
  end
  if rule.kind == 'rate' and rule.max > 0 then
    local room = rule.ceiling - counter.leased - want.units
    if room >= 0 then return divide_up(counter.used - room * rule.window_ms, rule.max) end
  end
  return -1
end

-- Adds each want at once, so that two wants for one counter see each other. If one is refused, all
-- are undone.
local function decide(ask)
  local refused = { '0' }
  for i, want in ipairs(ask) do
    local counter = want.counter
    bring_up_to_date(counter, want.rule)
    want.added = 0
    -- A want above the ceiling is not multiplied, since the product might not be exact.
    local sensible = want.units <= want.rule.ceiling
    if sensible then want.added = addition(want) end
    if sensible and fits(want) then
      counter.used = counter.used + want.added
      want.level = level_of(counter, want.rule)
      want.leased_then = counter.leased
    else
      want.added = 0
      for _, part in ipairs({
        i - 1, level_of(counter, want.rule), recallable(counter), wait_ms(want),
      }) do
        refused[#refused + 1] = text(part)
      end
    end
  end
  if #refused > 1 then
    for _, want in ipairs(ask) do want.counter.used = want.counter.used - want.added end
    return table.concat(refused, ' ')
  end
  for _, want in ipairs(ask) do want.counter.changed = true end
  return nil
end

-- The units of a limit that a process is granted beyond its current need. docs/concepts/gate.md,
-- "How leases are sized", describes the rule and the difference in the database.
local function lease(want)
  local counter, rule = want.counter, want.rule
  if rule.kind == 'window' and now >= rule.ends_at then return 0 end
  local holders = 1
  for _, other in ipairs(counter.others) do
    if other.units > 0 then holders = holders + 1 end
  end
  local left = rule.ceiling - level_of(counter, rule) + counter.mine
  local units = math.min(
    want.block,
    math.floor(left / (2 * holders)) - counter.mine,
    math.floor(rule.ceiling / 100) - counter.leased)
  if units <= 0 then return 0 end
  counter.mine = counter.mine + units
  counter.leased = counter.leased + units
  return units
end

local asks = read_asks()
if #missing > 0 then return { 0, missing } end

local answers = {}
for i, ask in ipairs(asks) do answers[i] = decide(ask) or false end

-- Leases are granted after all decisions. Otherwise an earlier ask's lease could refuse a later
-- ask.
for i, ask in ipairs(asks) do
  if not answers[i] then
    for _, want in ipairs(ask) do want.leased = lease(want) end
  end
end
for i, ask in ipairs(asks) do
  if not answers[i] then
    local granted = { '1' }
    for _, want in ipairs(ask) do
      granted[#granted + 1] = text(want.leased)
      granted[#granted + 1] = text(want.level + want.counter.leased - want.leased_then)
    end
    answers[i] = table.concat(granted, ' ')
  end
end
save_all()
return { 1, answers }
`

export const give = `-- Returns granted units, or records their use.
--
-- Arguments: for each return the index of its key, the units, their fate (\`as\`), and the rule.
-- Answers {0, indexes of keys to seed}, and then has changed nothing, or {1}.

local LARGEST = 9007199254740991

local function end_lease(counter, units)
  local ended = math.min(units, counter.mine)
  counter.mine = counter.mine - ended
  counter.leased = counter.leased - ended
end

local function book(counter, units, as, rule)
  local scale = 1
  if rule.kind == 'rate' then scale = rule.window_ms end
  -- This also applies if the server has lost the lease, because the use happened anyway.
  if as == 'spent' or as == 'posted' then
    counter.used = math.min(LARGEST, counter.used + units * scale)
  end
  if as == 'undone' then counter.used = math.max(0, counter.used - units * scale) end
  if as == 'spent' or as == 'unused' then end_lease(counter, units) end
  counter.changed = true
end

local returns = {}
for at = arguments_from, #ARGV, 7 do
  local rule = read_rule(at + 3)
  local index, as = tonumber(ARGV[at]), ARGV[at + 2]
  -- A lost window must be seeded before a spent lease is added, because the ledger may not have
  -- that use yet. Other returns to a lost window, and returns to a past one, are dropped.
  local lost = rule.kind == 'window' and redis.call('EXISTS', KEYS[index]) == 0
  if not lost or counters[index] or (as == 'spent' and now < rule.ends_at) then
    returns[#returns + 1] = {
      counter = load(index, rule), units = tonumber(ARGV[at + 1]), as = as, rule = rule,
    }
  end
end
if #missing > 0 then return { 0, missing } end

for _, item in ipairs(returns) do
  bring_up_to_date(item.counter, item.rule)
  book(item.counter, item.units, item.as, item.rule)
end
save_all()
return { 1 }
`
