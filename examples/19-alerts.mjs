// Told before a limit refuses: at its shares, when credits run low, and when they are back.
import { createTollgate } from 'tollgate'

const tollgate = await createTollgate({ database: 'memory' })
const organizationId = 'acme'
await tollgate.organizations.create({ id: organizationId, name: 'Acme', plan: 'rag-chatbot/trial' })

// Shares of every limit are told without being asked for. One more, of a meter without a limit:
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
await chat(4_500) // crosses two lines at once

for (const { severity, title } of (await tollgate.alerts.firings({ organizationId })).items
  .slice()
  .sort((one, other) => Number(one.threshold) - Number(other.threshold))) {
  console.log(severity.padEnd(8), title)
}

// What a webhook is sent is the same, as an event.
const { items } = await tollgate.domainEvents.list({ organizationId, kind: 'alert.fired' })
console.log(`${items.length} events`)

await tollgate.close()

// Prints:
// info     50 % of tokens/day is used: 8500 of 10000 token
// info     30 % of tokens/month is used: 8500 of 20000 token
// warning  80 % of tokens/day is used: 8500 of 10000 token
// 3 events
