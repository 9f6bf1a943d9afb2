// An engine in its own process, controlled over IPC. `{ call, verb, args }` runs a verb and is
// answered by `{ call, value }` or `{ call, error }`. For races, `load` puts a whole load on the
// gate, and `stop` ends it. A `reported` load writes each allowed answer to stdout at once, one per
// line. So a test that kills this process knows the answers that callers got. Usage:
// gate-caller.mjs SETTINGS, as JSON: { options, clock: { offsetMs, pace } }
import { writeSync } from 'node:fs'
import { setTimeout as later, setImmediate as turn } from 'node:timers/promises'
import { createTollgate } from '../../dist/index.js'

const { options, clock } = JSON.parse(process.argv[2])
const startedMs = Date.now()

/** Its date is wrong and its timers are right, as on a machine with a wrong date. */
const setDateWrongly = ({ offsetMs = 0, pace = 1 }) => {
  const RightDate = Date
  const nowMs = () => startedMs + offsetMs + (RightDate.now() - startedMs) * pace
  globalThis.Date = class extends RightDate {
    constructor(...args) {
      super(...(args.length === 0 ? [nowMs()] : args))
    }
    static now() {
      return nowMs()
    }
  }
}
if (clock) setDateWrongly(clock)
const tollgate = await createTollgate(options)

let stopped = false

const note = (seen, organizationId, units, decision) => {
  const { allowed, reason, degraded, retryAfter, replayed } = decision
  if (allowed) {
    seen.allowed += 1
    seen.units += units
    seen.unitsOf[organizationId] = (seen.unitsOf[organizationId] ?? 0) + units
    seen.callsOf[organizationId] = (seen.callsOf[organizationId] ?? 0) + 1
  } else seen.reasons[reason] = (seen.reasons[reason] ?? 0) + 1
  if (degraded && allowed) seen.degraded += 1
  if (replayed) seen.replayed += 1
  if (retryAfter !== undefined) seen.retryAfterS.push(retryAfter)
}

/** Concurrent callers; each makes its next call after the last answer. */
const load = async (wanted) => {
  const { organizationIds, eventType, total = Infinity, callers, costs = [1], idPrefix } = wanted
  const seen = { answered: 0, allowed: 0, units: 0, degraded: 0, replayed: 0, slowestMs: 0 }
  Object.assign(seen, { reasons: {}, errors: {}, retryAfterS: [], unitsOf: {}, callsOf: {} })
  let next = 0
  const one = async (index) => {
    const organizationId = organizationIds[index % organizationIds.length]
    const units = costs[index % costs.length]
    const event = {
      organizationId,
      eventType,
      ...(eventType === 'use' && { quantities: { units } }),
    }
    if (idPrefix !== undefined) event.id = `${idPrefix}-${index}`
    const askedMs = performance.now()
    let told = 0
    try {
      const answer = await tollgate.track(event)
      note(seen, organizationId, units, answer)
      if (answer.allowed) told = units
    } catch (error) {
      const key = `${error.code ?? error.name}: ${error.message}`
      seen.errors[key] = (seen.errors[key] ?? 0) + 1
    }
    if (wanted.reported) writeSync(1, `${told}\n`)
    seen.answered += 1
    seen.slowestMs = Math.max(seen.slowestMs, performance.now() - askedMs)
  }
  const caller = async () => {
    while (next < total && !stopped) {
      await one(next++)
      // Real calls arrive from outside, so there is I/O between two calls of a caller.
      await (wanted.everyMs === undefined ? turn() : later(wanted.everyMs))
    }
  }
  stopped = false
  await Promise.all(Array.from({ length: callers }, caller))
  return { ...seen, asked: next }
}

const answer = async (verb, args) => {
  if (verb === 'load') return load(args[0])
  if (verb === 'stop') {
    stopped = true
    return null
  }
  const path = verb.split('.')
  const owner = path.slice(0, -1).reduce((part, name) => part[name], tollgate)
  return (await owner[path.at(-1)](...args)) ?? null
}

/** The requester may have heard meanwhile that this process is closed. */
const reply = (message, sent) => {
  if (process.connected) process.send(message, sent)
}

process.on('message', async ({ call, verb, args }) => {
  try {
    if (verb === 'close') stopped = true
    const value = await answer(verb, args)
    if (verb === 'close') reply({ call, value: null }, () => process.disconnect())
    else reply({ call, value })
  } catch (error) {
    reply({ call, error: { code: error.code ?? error.name, message: error.message } })
  }
})
// No parent is left to control it: it was closed, or its parent has exited.
process.on('disconnect', () => process.exit())
process.send({ call: 'ready' })
