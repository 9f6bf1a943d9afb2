// Shows how usage is tracked: pricing, idempotency, holds, limits and sums. The engine supplies
// every figure. The process exits with 1 if a figure differs from the expected one.
import { createTollgate } from 'tollgate'
import { openProofs } from './proofs.mjs'

const { chapter, end, note, prove } = openProofs()
const tollgate = await createTollgate({ database: 'memory' })
const organizationId = 'acme'
await tollgate.organizations.create({ id: organizationId, name: 'Acme', plan: 'ai-workspace/free' })
const diagnose = { organizationId, userId: 'ada', eventType: 'structuring_diagnose' }
const used = async (limit) => {
  const { limits } = await tollgate.usage.current({ organizationId })
  const { used, held, remaining } = limits.find((one) => one.limit === limit)
  return { used, held, remaining }
}

chapter('A call is priced by the catalog: base × multipliers + bonuses')
const properties = { complexity: 2, echo: true, traceback: true }
const first = await tollgate.track({ ...diagnose, id: 'first', properties })
note('structuring_diagnose: 10 × complexity 2 + echo 5 + traceback 3')
prove('credits of the call', first.credits, 28)
prove('credits left of 500', first.usage.remainingCredits, 472)
const decimal = await tollgate.check({ ...diagnose, properties: { complexity: 0.07 } })
prove('10 × 0.07 is exact', decimal.credits, 0.7)

chapter('A retry counts once')
const again = await tollgate.track({ ...diagnose, id: 'first', properties })
prove('the same id gets its first answer', [again.replayed, again.credits], [true, 28])
prove('credits in the ledger', (await used('credits/period')).used, 28)

chapter('Work of unknown cost is held first, then settled at its actual use')
const hold = await tollgate.reserve({ ...diagnose, properties: { complexity: 5 } })
prove('held while it is open', (await used('credits/period')).held, 50)
await hold.release()
prove('held after the release', (await used('credits/period')).held, 0)
const failing = tollgate.run(diagnose, async () => {
  throw new Error('the model is away')
})
prove('work that throws', await failing.catch((error) => error.message), 'the model is away')
prove('uses nothing and holds nothing', await used('credits/period'), {
  used: 28,
  held: 0,
  remaining: 472,
})
const answer = async (hold) => {
  for (let piece = 1; piece <= 3; piece += 1)
    hold.used({ inputTokens: 90, outputTokens: piece * 7 })
  return 'three pieces'
}
await tollgate.run({ ...diagnose, provider: 'openai', model: 'gpt-4o', inputTokens: 200 }, answer)
const { month } = await tollgate.usage.current({ organizationId })
prove('the last reported use is settled', [month.inputTokens, month.outputTokens], [90, 21])

chapter('A limit allows exactly its maximum, even under concurrent calls')
const left = (await used('ai_calls/period')).remaining
const asked = left + 40
const small = { ...diagnose, properties: { complexity: 0.1 } }
const decisions = await Promise.all(Array.from({ length: asked }, () => tollgate.track(small)))
const admitted = decisions.filter(({ allowed }) => allowed).length
note(`${asked} concurrent calls compete for ${left}`)
prove('allowed', admitted, left)
const refused = decisions.find(({ allowed }) => !allowed)
prove('all others are refused with', refused.reason, 'limit_exceeded')
prove(
  'the refusal names the larger plans',
  refused.upgrade,
  ['starter', 'professional', 'enterprise'].map((plan) => `ai-workspace/${plan}`),
)
const { story } = await tollgate.explain({ organizationId, decisionId: refused.decisionId })
for (const sentence of story) note(sentence)
prove('nothing is held', (await used('ai_calls/period')).held, 0)

chapter('All reports agree')
let events = 0
let microCredits = 0n
for await (const { credits } of await tollgate.usage.export({ organizationId })) {
  events += 1
  microCredits += BigInt(Math.round(credits * 1_000_000))
}
const now = await tollgate.usage.current({ organizationId })
prove('raw events', events, 2 + admitted)
prove("events in the month's roll-ups", now.month.events, events)
prove('credits, summed here from raw events', Number(microCredits) / 1_000_000, now.month.credits)
const { overview } = (await tollgate.usage.dashboard({ organizationId })).dashboard
prove('credits on the dashboard', overview.usedCredits, now.month.credits)
const { differences } = await tollgate.admin.aggregate()
prove('differences between roll-ups and raw events', differences, [])

await tollgate.close()
end()
