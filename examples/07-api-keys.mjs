// Your customers call with keys of their own: the key says whose call it is, and can be taken back.
import { createTollgate } from 'tollgate'
import { createClient } from 'tollgate/client'
import { createHandler } from 'tollgate/server'

const engine = await createTollgate({ database: 'memory' })
await engine.organizations.create({ id: 'acme', name: 'Acme', plan: 'rag-chatbot/trial' })
const made = await engine.apiKeys.create({ organizationId: 'acme', name: 'production' })
console.log(made.key.startsWith('tg'), made.prefix.length < made.key.length)

// In place of a server: any handler will do for the client's `fetch`.
const handler = createHandler(engine)
const clientWith = (key) =>
  createClient({
    url: 'http://tollgate.test',
    key,
    fetch: (input, init) => handler(new Request(input, init)),
  })

const decision = await clientWith(made.key).track({ eventType: 'api_call' })
console.log(decision.allowed)

// The old key works for a while beside the new one, so that nobody is cut off.
const fresh = await engine.apiKeys.rotate({ organizationId: 'acme', keyId: made.id })
console.log((await clientWith(fresh.key).track({ eventType: 'api_call' })).allowed)

await engine.apiKeys.revoke({ organizationId: 'acme', keyId: fresh.id })
const refused = await clientWith(fresh.key)
  .track({ eventType: 'api_call' })
  .catch((error) => error)
console.log(refused.code)
await engine.close()

// Prints:
// true true
// true
// true
// unauthenticated
