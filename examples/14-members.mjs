// `tollgate.as` gives one member the library, with only the rights of their role.
import { createTollgate } from 'tollgate'

const tollgate = await createTollgate({ database: 'memory' })
await tollgate.organizations.create({ id: 'acme', name: 'Acme', plan: 'rag-chatbot/trial' })
await tollgate.members.add({ organizationId: 'acme', userId: 'ada', role: 'owner' })

const viewer = tollgate.as({ organizationId: 'acme', role: 'viewer', actor: 'user:grace' })
console.log((await viewer.usage.current()).organizationId)
const refused = await viewer.organizations.close().catch((error) => error)
console.log(refused.code)

const owner = tollgate.as({ organizationId: 'acme', role: 'owner', actor: 'user:ada' })
await owner.members.add({ userId: 'grace', role: 'viewer' })
const { items } = await owner.audit.list({ category: 'members' })
console.log(items[0].action, items[0].actor)
await tollgate.close()

// Prints:
// acme
// forbidden
// member.added user:ada
