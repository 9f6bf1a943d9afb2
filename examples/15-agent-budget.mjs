// A budget caps one run of an agent. A sub-agent gets an allotted part of it.
import { createTollgate } from 'tollgate'

const tollgate = await createTollgate({ database: 'memory' })
const organizationId = 'acme'
await tollgate.organizations.create({ id: organizationId, name: 'Acme', plan: 'rag-chatbot/trial' })
const run = await tollgate.budgets.open({
  id: 'run_42',
  organizationId,
  ceiling: { tokens: 1_000 },
})

/** One step of an agent: reserve before, settle after. */
const step = async (budget, tokens = 200, final = false) => {
  const call = { organizationId, eventType: 'chat_message', quantities: { tokens } }
  const hold = await tollgate.reserve({ ...call, budget, final })
  if (hold.allowed) await hold.settle({ quantities: { tokens: Math.min(tokens, 150) } })
  return hold
}

const part = { within: run.id, allot: true, ceiling: { tokens: 400 } }
const research = await tollgate.budgets.open({ id: 'run_42.research', organizationId, ...part })
for (let steps = 0; ; steps += 1) {
  const { allowed, reason, budget } = await step(research.id)
  if (allowed) continue
  console.log(`research: ${steps} steps, then ${reason}, ${budget.remaining.tokens} left`)
  break
}
await tollgate.budgets.close({ organizationId, budgetId: research.id })

for (let steps = 0; ; steps += 1) {
  const { allowed, reason, budget } = await step(run.id)
  if (allowed) continue
  console.log(`run: ${steps} steps, then ${reason}, ${budget.remaining.tokens} left`)
  break
}
// A budget keeps 5 % for final steps, such as the agent's summary.
const last = await step(run.id, 90, true)
console.log(`the last one: ${last.allowed}`)

const { steps, refusals, meters } = await tollgate.budgets.close({
  organizationId,
  budgetId: run.id,
})
console.log(`in all: ${steps} steps, ${refusals} refused, ${meters.tokens.used} tokens`)
await tollgate.close()

// Prints:
// research: 2 steps, then budget_exceeded, 80 left
// run: 4 steps, then budget_exceeded, 50 left
// the last one: true
// in all: 7 steps, 1 refused, 990 tokens
