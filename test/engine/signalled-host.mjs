// A host that queues 50 events, serves one slow request, and ends on a signal. With `stuck` it
// never closes. Usage: signalled-host.mjs DATABASE_URL [stuck]
import { writeSync } from 'node:fs'
import { createServer } from 'node:http'
import { closeOnSignal, createTollgate } from '../../dist/index.js'

const [url, stuck] = process.argv.slice(2)
const tollgate = await createTollgate({ database: { url } })
const server = createServer((_request, response) => {
  // Answered after the signal, which arrives once this request has begun.
  writeSync(1, 'asked\n')
  process.once('SIGTERM', () => setImmediate(() => response.end('answered')))
})
server.listen(0, '127.0.0.1')
await new Promise((resolve) => server.once('listening', resolve))
closeOnSignal(stuck ? { close: () => new Promise(() => {}) } : tollgate, server)
await Promise.all(
  Array.from({ length: 50 }, (_, n) =>
    tollgate.enqueue({ id: `queued-${n}`, organizationId: 'host', eventType: 'api_call' }),
  ),
)
writeSync(1, `${server.address().port}\n`)
