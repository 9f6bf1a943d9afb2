// An engine in a process of its own, whose memory nothing else uses: over IPC it is told to track a
// call of each of many organizations, or many calls of a few, or to say how large its heap is.
// Usage: node --expose-gc organizations-process.mjs SETTINGS, as JSON: { url, event }
import { writeHeapSnapshot } from 'node:v8'
import { plumbingOf } from '../dist/engine/plumbing.js'
import { createTollgate } from '../dist/index.js'

const { url, event } = JSON.parse(process.argv[2])
const tollgate = await createTollgate({
  database: { url, poolSize: 20 },
  decide: 'leased',
  catalogs: [],
  // A busy machine is not to be taken for a store that is away.
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
  /** One call of each, from so many callers at once. */
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
  /** The median time of a call, in microseconds; of the organizations in turn. */
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
  /** Bytes in use once all that is garbage is gone. */
  async heap() {
    // What finalizers and weak references let go of goes with the next collection.
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
