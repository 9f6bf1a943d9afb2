// Calls the gate as fast as possible, and writes the id of each allowed call to stdout at once. So
// a test that kills it knows the answers. Calls have no id of their own, because the gate would
// decide those strictly: the decision's id is the event's. Usage: journal-caller.mjs OPTIONS
// ORGANIZATION (OPTIONS as JSON; `enqueue` queues instead)
import { writeSync } from 'node:fs'
import { setImmediate as turn } from 'node:timers/promises'
import { createTollgate } from '../../dist/index.js'

const [options, organizationId, verb = 'track'] = process.argv.slice(2)
const CALLERS = 16
const tollgate = await createTollgate({
  ...JSON.parse(options),
  log: {
    info: () => {},
    warn: (fields, message) => process.stderr.write(`${message} ${JSON.stringify(fields)}\n`),
    error: (fields, message) => process.stderr.write(`${message} ${JSON.stringify(fields)}\n`),
  },
})
const event = { organizationId, eventType: 'call' }
// The reads that accompany the first calls are complete. Without an answer of the store, which a
// busy machine may not give in time, every later call would be refused.
// The limits are read beside these calls, so there are enough of them to wait for that.
for (let decided = 0; decided < 50; ) {
  const { allowed, degraded } = await tollgate.track({ ...event, id: crypto.randomUUID() })
  if (allowed && !degraded) decided += 1
}
writeSync(1, 'ready\n')

const call = async () => {
  if (verb === 'enqueue') {
    const id = crypto.randomUUID()
    await tollgate.enqueue({ ...event, id })
    return id
  }
  const { allowed, degraded, decisionId } = await tollgate.track(event)
  if (!allowed) return undefined
  return degraded ? `${decisionId} degraded` : decisionId
}

const callAgainAndAgain = async () => {
  for (;;) {
    const id = await call().catch(() => undefined)
    if (id !== undefined) writeSync(1, `${id}\n`)
    await turn()
  }
}
await Promise.all(Array.from({ length: CALLERS }, callAgainAndAgain))
