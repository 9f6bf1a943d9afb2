// Past usage from before you had Tollgate. Each row counts once, in any order and after any number
// of retries.
import { createTollgate } from 'tollgate'

const tollgate = await createTollgate({ database: 'memory' })
await tollgate.organizations.create({
  id: 'acme',
  name: 'Acme',
  plan: 'rag-chatbot/enterprise',
  startsAt: '2025-11-01T00:00:00Z',
})
const rows = [
  { id: 'row-1', at: '2025-11-03T10:00:00Z', read: 900, wrote: 120 },
  { id: 'row-2', at: '2025-11-03T10:05:00Z', read: 450, wrote: 80 },
  { id: 'row-3', at: '2025-12-01T08:00:00Z', read: 700, wrote: 60 },
]
const events = rows.map(({ id, at, read, wrote }) => ({
  id,
  organizationId: 'acme',
  eventType: 'chat_message',
  timestamp: at,
  provider: 'openai',
  model: 'gpt-4o',
  inputTokens: read,
  outputTokens: wrote,
}))
const first = await tollgate.record(events, { backfill: true })
const again = await tollgate.record(events, { backfill: true })
console.log(first.accepted, again.accepted, again.duplicates)

const { totals } = await tollgate.analytics.usage({
  organizationId: 'acme',
  startDate: '2025-11-03',
  endDate: '2025-11-03',
})
console.log(totals.events, totals.costUsd)
await tollgate.close()

// Prints:
// 3 0 3
// 2 0.005375
