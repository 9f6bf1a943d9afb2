// An overage limit allows calls past the plan's included amount. The invoice bills them once, exact
// to the cent.
import { createTestTollgate } from 'tollgate/testing'

const { tollgate, clock } = await createTestTollgate({ at: '2026-01-01T00:00:00Z' })
const organizationId = 'acme'
await tollgate.organizations.create({ id: organizationId, name: 'Acme', plan: 'api-platform/pro' })

// The plan includes 100,000 calls; each further call costs $0.001.
const calls = { organizationId, eventType: 'api_call', quantities: { api_calls: 105_000 } }
console.log((await tollgate.track(calls)).allowed)
const { lines, total } = await tollgate.invoices.preview({ organizationId })
console.log(lines.length, total)

await clock.set('2026-02-01T01:00:00Z')
await tollgate.billing.run()
const [invoice] = (await tollgate.invoices.list({ organizationId })).items
const printed = await tollgate.invoices.get({ organizationId, invoiceId: invoice.id })
for (const { description, amount } of printed.lines) console.log(description, amount)
console.log(invoice.total)
await tollgate.close()

// Prints:
// true
// 2 54.00
// Pro, 2026-01-01 to 2026-02-01 49.00
// 5,000 API calls past what the billing period includes 5.00
// 54.00
