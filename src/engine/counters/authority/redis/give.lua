-- Returns granted units, or records their use.
--
-- Arguments: for each return the index of its key, the units, their fate (`as`), and the rule.
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
