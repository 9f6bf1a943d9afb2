-- Takes the units of asks in their order, all or nothing for each ask.
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

-- The units or the debt that the take adds to `used`.
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
