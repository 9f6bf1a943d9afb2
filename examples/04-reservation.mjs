// Use a hold if the cost is known only after the work: reserve an estimate, extend it if needed,
// then settle the actual use.
import { createTollgate } from 'tollgate'

const tollgate = await createTollgate({ database: 'memory' })
await tollgate.organizations.create({ id: 'acme', name: 'Acme', plan: 'rag-chatbot/trial' })
const call = { organizationId: 'acme', eventType: 'chat_message' }

const hold = await tollgate.reserve({ ...call, quantities: { tokens: 2_000 }, expiresInMs: 60_000 })
console.log(hold.allowed, hold.remaining)

const more = await hold.extend({ id: 'second page', quantities: { tokens: 500 } })
console.log(more.allowed, more.remaining)

const settled = await hold.settle({ inputTokens: 1_200, outputTokens: 300 })
console.log(settled.state)

// Releasing a hold returns the whole amount.
const other = await tollgate.reserve({ ...call, quantities: { tokens: 5_000 } })
await other.release()
const { limits } = await tollgate.usage.current({ organizationId: 'acme' })
const tokens = limits.find(({ limit }) => limit === 'tokens/day')
console.log(tokens.used, tokens.held)
await tollgate.close()

// Prints:
// true 8000
// true 7500
// settled
// 1500 0
