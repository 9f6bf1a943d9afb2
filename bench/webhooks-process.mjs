// A process that only delivers events to endpoints, so its memory is the dispatcher's alone. Over
// IPC it starts its clock, or returns its memory use. Usage: node --expose-gc webhooks-process.mjs
// SETTINGS, as JSON: { url, ports }
import pg from 'pg'
import { createTollgate } from '../dist/index.js'

let statements = 0
const { query } = pg.Client.prototype
pg.Client.prototype.query = function counted(...args) {
  statements += 1
  return query.apply(this, args)
}

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

const cpuNowMs = () => {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1_000
}
let collectedMs = 0

const verbs = {
  ahead: ({ byMs }) => {
    aheadMs += byMs
  },
  used: () => {
    // What is collected for the sake of the figure is no work of the sender's.
    const cpuMs = cpuNowMs() - collectedMs
    globalThis.gc()
    collectedMs = cpuNowMs() - cpuMs
    const { heapUsed, rss, external } = process.memoryUsage()
    return { heapUsed, rss, external, statements, cpuMs }
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
