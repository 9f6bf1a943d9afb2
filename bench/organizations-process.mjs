// An engine in its own process, so that nothing else uses its memory. Over IPC it tracks a call of
// each of many organizations, or many calls of a few, or returns its heap size. Usage: node
// --expose-gc organizations-process.mjs SETTINGS, as JSON: { url, event }
import { writeHeapSnapshot } from 'node:v8'
import { plumbingOf } from '../dist/engine/plumbing.js'
import { createTollgate } from '../dist/index.js'

const { url, event } = JSON.parse(process.argv[2])
const tollgate = await createTollgate({
  database: { url, poolSize: 20 },
  decide: 'leased',
  catalogs: [],
  // A busy machine must not look like an unavailable store.
  storeTimeoutMs: 60_000,
  recorder: { capacity: 1_000_000, flushAt: 4_000 },
})

const trackOf = async (organizationId) => {
  const decision = await tollgate.track({ ...event, organizationId })
  if (!decision.allowed) throw new Error(`${organizationId} was refused: ${decision.reason}`)
}

const recorded = async () => {
  while (plumbingOf(tollgate).statistics().queued > 0)
    await new Promise((resolve) => setTimeout(resolve, 10))
}

const verbs = {
  /** One call of each, from this many concurrent callers. */
  async useEach({ organizationIds, callers }) {
    let next = 0
    const caller = async () => {
      while (next < organizationIds.length) {
        next += 1
        await trackOf(organizationIds[next - 1])
      }
    }
    await Promise.all(Array.from({ length: callers }, caller))
    await recorded()
  },
  /** The median time of a call, in microseconds, over the organizations in turn. */
  async decide({ organizationIds, count }) {
    const latencies = new Float64Array(count)
    for (let n = 0; n < count; n++) {
      const call = { ...event, organizationId: organizationIds[n % organizationIds.length] }
      const askedAt = performance.now()
      await tollgate.track(call)
      latencies[n] = performance.now() - askedAt
    }
    await recorded()
    latencies.sort()
    return latencies[Math.floor(count / 2)] * 1_000
  },
  /** Bytes in use after a full garbage collection. */
  async heap() {
    // Objects released by finalizers and weak references are freed in the next collection.
    for (let round = 0; round < 3; round++) {
      globalThis.gc()
      await new Promise((resolve) => setImmediate(resolve))
    }
    return process.memoryUsage().heapUsed
  },
  async snapshot({ file }) {
    return writeHeapSnapshot(file)
  },
  async close() {
    await tollgate.close()
  },
}

process.on('message', async ({ verb, ...wanted }) => {
  try {
    process.send({ value: await verbs[verb](wanted) })
  } catch (error) {
    process.send({ error: String(error) })
  }
})
process.on('disconnect', () => process.exit())
process.send({ value: 'open' })
