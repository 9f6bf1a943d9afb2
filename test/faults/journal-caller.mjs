// Calls the gate as fast as it can and writes the id of each call that was let through to its
// standard output, at once, so that whoever kills it knows what callers were told. Calls have no id of
// their own, or they would be decided strictly: the decision's id is the event's.
// Usage: journal-caller.mjs OPTIONS ORGANIZATION (OPTIONS as JSON; `enqueue` queues instead)
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
// What must be known beside the first calls is read.
for (let calls = 0; calls < 5; calls++) await tollgate.track({ ...event, id: crypto.randomUUID() })
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
