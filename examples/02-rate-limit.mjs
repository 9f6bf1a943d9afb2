// A rate is a leaky bucket. It allows a burst, refuses calls past it, and says when to retry.
// The test clock replaces waiting.
import { decisionHeaders, decisionStatus } from 'tollgate/http'
import { createTestTollgate } from 'tollgate/testing'

const { tollgate, clock } = await createTestTollgate({ at: '2026-01-31T09:00:00Z' })
await tollgate.organizations.create({ id: 'acme', name: 'Acme', plan: 'rag-chatbot/trial' })
const call = { organizationId: 'acme', eventType: 'api_call' }

for (let calls = 0; calls < 30; calls += 1) await tollgate.track(call)
const refused = await tollgate.track(call)
console.log(refused.reason, decisionStatus(refused), decisionHeaders(refused)['retry-after'])

await clock.advance(refused.retryAfter * 1_000)
console.log((await tollgate.track(call)).allowed)
await tollgate.close()

// Prints:
// rate_limited 429 2
// true
