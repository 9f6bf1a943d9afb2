// Work whose cost is known only afterwards: hold an estimate, lengthen it if need be, settle the truth.
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

// What turns out not to be needed is given back.
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
