// Tollgate reports unexpected errors to `onError`, with the operation and the request. This example
// passes them to Sentry.
import { createServer } from 'node:http'
import * as Sentry from '@sentry/node'
import { createTollgate } from 'tollgate'
import { createHandler } from 'tollgate/server'

// This server stands in for Sentry. Your DSN is in your Sentry project's settings.
const server = createServer(async (request, response) => {
  let envelope = ''
  for await (const part of request.setEncoding('utf8')) envelope += part
  response.end('{}')
  const event = envelope.split('\n').find((line) => line.includes('"exception"'))
  if (!event) return
  const { exception, tags } = JSON.parse(event)
  console.log(exception.values[0].value, JSON.stringify(tags))
})
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
Sentry.init({
  dsn: `http://key@127.0.0.1:${server.address().port}/1`,
  defaultIntegrations: false, // for this example only: Sentry instruments nothing else in the process
  sendDefaultPii: false,
})

// The id generator fails once, so that there is an error to report.
let isBroken = false
const tollgate = await createTollgate({
  database: 'memory',
  ids: () => {
    if (isBroken) throw new Error('no ids are left')
    return crypto.randomUUID()
  },
  onError: (error, { where, what, level, operation, requestId, job }) => {
    Sentry.captureException(error, {
      level,
      tags: { where, operation, job },
      extra: { what, requestId },
      fingerprint: [what, operation ?? job ?? where],
    })
  },
})
await tollgate.organizations.create({ id: 'acme', name: 'Acme', plan: 'rag-chatbot/trial' })
const adminKey = 'an-admin-key-of-this-example-only'
const handler = createHandler(tollgate, { adminKey })

isBroken = true
const response = await handler(
  new Request('http://example.test/api/usage/track', {
    method: 'POST',
    headers: { authorization: `Bearer ${adminKey}`, 'content-type': 'application/json' },
    body: '{"organizationId":"acme","eventType":"api_call"}',
  }),
)
isBroken = false
console.log('answered with', response.status)
await Sentry.flush(2_000)

await tollgate.close()
server.close()

// Prints:
// answered with 500
// no ids are left {"where":"request","operation":"track"}
