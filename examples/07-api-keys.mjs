// Your customers call with their own API keys. A key identifies its organization. You can rotate
// and revoke it.
import { createTollgate } from 'tollgate'
import { createClient } from 'tollgate/client'
import { createHandler } from 'tollgate/server'

const engine = await createTollgate({ database: 'memory' })
await engine.organizations.create({ id: 'acme', name: 'Acme', plan: 'rag-chatbot/trial' })
const made = await engine.apiKeys.create({ organizationId: 'acme', name: 'production' })
console.log(made.key.startsWith('tg'), made.prefix.length < made.key.length)

// This handler stands in for a server: the client accepts any `fetch`.
const handler = createHandler(engine)
const clientWith = (key) =>
  createClient({
    url: 'http://tollgate.test',
    key,
    fetch: (input, init) => handler(new Request(input, init)),
  })

const decision = await clientWith(made.key).track({ eventType: 'api_call' })
console.log(decision.allowed)

// After a rotation the old key still works for a while, so no caller is locked out.
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
