// Why was this call refused? Tollgate stores every refusal with the limits it checked.
import { createTestTollgate } from 'tollgate/testing'

const { tollgate } = await createTestTollgate({ at: '2026-01-31T09:00:00Z' })
await tollgate.organizations.create({ id: 'acme', name: 'Acme', plan: 'rag-chatbot/trial' })
const chat = { organizationId: 'acme', eventType: 'chat_message' }

await tollgate.track({ ...chat, inputTokens: 9_500 })
const refused = await tollgate.track({ ...chat, inputTokens: 800 })
const { decisionId } = refused
const { story } = await tollgate.explain({ organizationId: 'acme', decisionId })
for (const sentence of story) console.log(sentence)
await tollgate.close()

// Prints:
// chat_message was asked for (track), adding 800 tokens, 1 API call, 1 chat message.
// It was priced at 0 credits by version 1 of rag-chatbot.
// api_calls/minute (hard) came to 1 of 30 API calls.
// chat_messages/day (hard) came to 1 of 100 chat messages.
// tokens/day (hard) stood at 9,500 of 10,000 tokens: 800 more would not fit until 2026-02-01T00:00:00.000Z.
// So it was refused, and nothing was used up.
