import { createTollgate } from 'tollgate'

const tollgate = await createTollgate({ database: 'memory' })
await tollgate.organizations.create({ id: 'acme', name: 'Acme', plan: 'rag-chatbot/trial' })

const chat = { organizationId: 'acme', eventType: 'chat_message', model: 'gpt-4o' }
const first = await tollgate.track({ ...chat, inputTokens: 9_000, outputTokens: 800 })
console.log(first.allowed, first.remaining) // true 200 (of the trial's 10,000 tokens a day)

const next = await tollgate.track({ ...chat, inputTokens: 300, outputTokens: 0 })
console.log(next.allowed, next.reason) // false limit_exceeded
await tollgate.close()
