// A process that only delivers events to endpoints, so its memory is the dispatcher's alone. Over
// IPC it starts its clock, or returns its memory use. Usage: node --expose-gc webhooks-process.mjs
// SETTINGS, as JSON: { url, ports }
import { createTollgate } from '../dist/index.js'

const { url, ports } = JSON.parse(process.argv[2])
let aheadMs = 0
const tollgate = await createTollgate({
  database: { url },
  catalogs: [],
  webhooks: { allow: ['127.0.0.1'], allowHttp: true, ports },
  clock: {
    now: () => new Date(Date.now() + aheadMs),
    after: (delayMs, call) => {
      const timer = setTimeout(call, delayMs)
      return () => clearTimeout(timer)
    },
  },
})

const verbs = {
  ahead: ({ byMs }) => {
    aheadMs += byMs
  },
  memory: () => {
    globalThis.gc()
    const { heapUsed, rss, external } = process.memoryUsage()
    const { user, system } = process.cpuUsage()
    return { heapUsed, rss, external, cpuMs: (user + system) / 1_000 }
  },
  close: () => tollgate.close(),
}

process.on('message', async ({ verb, ...wanted }) => {
  try {
    process.send({ value: await verbs[verb](wanted) })
  } catch (error) {
    process.send({ error: String(error) })
  }
})
process.send({ value: 'ready' })
