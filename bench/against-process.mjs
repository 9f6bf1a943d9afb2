// One build in a process of its own, so that no other build shares its compiled code and its heap.
// Over IPC it makes the calls of one kind and returns what they took. Usage: node
// against-process.mjs SETTINGS, as JSON: { dist, url, kind, catalog, call }
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'

const { dist, url, kind, catalog, call } = JSON.parse(process.argv[2])
const load = (file) => import(pathToFileURL(resolve(dist, file)).href)
const { createTollgate } = await load('engine/create-tollgate.js')

const tollgate = await createTollgate({
  database: { url, poolSize: 20 },
  decide: kind === 'leased' ? 'leased' : 'strict',
  catalogs: [{ document: catalog, origin: 'bench' }],
  // A busy machine must not look like an unavailable store.
  storeTimeoutMs: 60_000,
})
const { organizationId } = call
await tollgate.organizations.create({ id: organizationId, name: 'Acme', plan: 'bench/large' })

const track = async () => {
  const decision = await tollgate.track({ ...call, quantities: { ...call.quantities } })
  if (!decision.allowed) throw new Error(`a call was refused: ${decision.reason}`)
}

const batch = Array.from({ length: 1_000 }, () => call)
const once = {
  leased: async () => track,
  strict: async () => track,
  batches: async () => () => tollgate.record(batch),
}
const work = await once[kind]()

/** Makes `count` calls from `callers` at a time, and waits until all is written. */
const run = async ({ callers, count }) => {
  const startedAt = performance.now()
  const before = process.cpuUsage()
  let left = count
  const caller = async () => {
    while (left > 0) {
      left -= 1
      await work()
    }
  }
  await Promise.all(Array.from({ length: callers }, caller))
  const wallUs = (performance.now() - startedAt) * 1_000
  await tollgate.flush()
  const { user, system } = process.cpuUsage(before)
  return { wallUs: wallUs / count, cpuUs: (user + system) / count }
}

process.on('message', async (wanted) => {
  try {
    process.send({ value: await run(wanted) })
  } catch (error) {
    process.send({ error: String(error) })
  }
})
process.on('disconnect', () => process.exit())
process.send({ value: 'open' })
