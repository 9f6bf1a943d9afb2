// Alerts fire before a limit refuses: at shares of the limit, when credits run low, and on
// recovery.
import { createTollgate } from 'tollgate'

const tollgate = await createTollgate({ database: 'memory' })
const organizationId = 'acme'
await tollgate.organizations.create({ id: organizationId, name: 'Acme', plan: 'rag-chatbot/trial' })

// Every limit has alerts by default. This one is for a meter without a limit:
await tollgate.alerts.create({
  organizationId,
  kind: 'limit_share',
  meter: 'tokens',
  window: 'month',
  maximum: 20_000,
  thresholds: [{ at: 30, severity: 'info' }],
})

const chat = (tokens) =>
  tollgate.track({ organizationId, eventType: 'chat_message', quantities: { tokens } })
await chat(4_000)
await chat(4_500) // crosses two thresholds at once

for (const { severity, title } of (await tollgate.alerts.firings({ organizationId })).items
  .slice()
  .sort((one, other) => Number(one.threshold) - Number(other.threshold))) {
  console.log(severity.padEnd(8), title)
}

// A webhook receives the same data, as an event.
const { items } = await tollgate.domainEvents.list({ organizationId, kind: 'alert.fired' })
console.log(`${items.length} events`)

await tollgate.close()

// Prints:
// info     50 % of tokens/day is used: 8,500 of 10,000 tokens
// info     30 % of tokens/month is used: 8,500 of 20,000 tokens
// warning  80 % of tokens/day is used: 8,500 of 10,000 tokens
// 3 events
