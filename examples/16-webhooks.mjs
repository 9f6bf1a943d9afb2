// Webhooks notify your application of changes to your customers. Each delivery is signed, and
// retried until your application accepts it.
import { createServer } from 'node:http'
import { Webhook } from 'standardwebhooks'
import { createTollgate } from 'tollgate'

// Your application verifies the signature, and handles each event id once.
let secret = ''
const taken = new Set()
const application = createServer(async (request, response) => {
  let body = ''
  for await (const part of request.setEncoding('utf8')) body += part
  const event = new Webhook(secret).verify(body, request.headers)
  if (!taken.has(event.id)) console.log(event.sequence, event.type, event.data.userId ?? '')
  taken.add(event.id)
  response.writeHead(204).end()
})
await new Promise((resolve) => application.listen(0, '127.0.0.1', resolve))
const { port } = application.address()

// By default an endpoint must be public and use TLS. Here both sides run on this machine.
const tollgate = await createTollgate({
  database: 'memory',
  webhooks: { allow: ['127.0.0.1'], allowHttp: true, ports: [port] },
})
const organizationId = 'acme'
await tollgate.organizations.create({ id: organizationId, name: 'Acme', plan: 'rag-chatbot/trial' })
const url = `http://127.0.0.1:${port}/hooks/tollgate`
const made = await tollgate.webhooks.create({ organizationId, url, kinds: ['member.*'] })
secret = made.secret

await tollgate.members.add({ organizationId, userId: 'ada', role: 'owner' })
await tollgate.admin.sendDeliveries() // a server does this by itself, within seconds
await tollgate.members.add({ organizationId, userId: 'bob', role: 'viewer' })
await tollgate.admin.sendDeliveries()

// Resends every event in the range. The ids stay the same, so none is handled twice.
const range = { from: '2020-01-01T00:00:00Z', to: '2100-01-01T00:00:00Z', state: 'done' }
const again = { organizationId, endpointId: made.id, ...range }
const { resent } = await tollgate.deliveries.resend(again)
await tollgate.admin.sendDeliveries()
console.log(`${resent} sent again, ${taken.size} taken`)

await tollgate.close()
application.close()

// Prints:
// 2 member.added ada
// 3 member.added bob
// 2 sent again, 2 taken
