// A call's price depends on its properties. Purchased credits add to the plan's credits.
import { createTollgate } from 'tollgate'

const tollgate = await createTollgate({ database: 'memory' })
const organizationId = 'acme'
await tollgate.organizations.create({ id: organizationId, name: 'Acme', plan: 'ai-workspace/free' })

const call = { organizationId, eventType: 'structuring_diagnose' }
const plain = await tollgate.check(call)
const rich = await tollgate.track({
  ...call,
  properties: { complexity: 2, echo: true, traceback: true },
})
console.log(plain.credits, rich.credits)

const { available } = await tollgate.grants.balance({ organizationId })
await tollgate.grants.create({ organizationId, id: 'order-7', credits: 500, reason: 'bought' })
const after = await tollgate.grants.balance({ organizationId })
console.log(after.available - available, after.granted)
await tollgate.close()

// Prints:
// 10 28
// 500 500
