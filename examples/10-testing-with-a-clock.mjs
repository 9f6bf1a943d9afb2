// For your tests: an engine in memory with a manual clock. You need no waiting and no mocks.
import assert from 'node:assert/strict'
import { createTestTollgate } from 'tollgate/testing'

const { tollgate, clock } = await createTestTollgate({ at: '2026-01-31T23:00:00Z' })
await tollgate.organizations.create({ id: 'acme', name: 'Acme', plan: 'rag-chatbot/trial' })
const chat = { organizationId: 'acme', eventType: 'chat_message', inputTokens: 9_000 }

assert.equal((await tollgate.track(chat)).allowed, true)
const refused = await tollgate.track(chat)
assert.equal(refused.reason, 'limit_exceeded')
assert.equal(refused.retryAfter, 3_600, 'the day ends in an hour')

await clock.advance(3_600_000)
assert.equal((await tollgate.track(chat)).allowed, true)
console.log('the next day begins at midnight')
await tollgate.close()

// Prints:
// the next day begins at midnight
