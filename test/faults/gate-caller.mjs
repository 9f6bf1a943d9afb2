// An engine in a process of its own that does what it is told over IPC: `{ call, verb, args }`, a
// verb of the engine, is answered by `{ call, value }` or `{ call, error }`. For races it puts a
// whole load on the gate (`load`, ended early by `stop`). A load that is `reported` writes what each
// answer let through to the standard output, a line each and at once, so that whoever kills this
// process knows what callers were told.
// Usage: gate-caller.mjs SETTINGS, as JSON: { options, clock: { offsetMs, pace } }
import { writeSync } from 'node:fs'
import { setTimeout as later, setImmediate as turn } from 'node:timers/promises'
import { createTollgate } from '../../dist/index.js'

const { options, clock } = JSON.parse(process.argv[2])
const startedMs = Date.now()

/** Its date is wrong; its timers are not, as on a machine whose date was set wrongly. */
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

/** Callers side by side, each with its next call once it has the answer to the one before. */
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
      // A call comes from outside: there is I/O between two of a caller.
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

/** Whoever asked may have been told meanwhile that this process is closed. */
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
// Nobody is left to tell it anything: it has been closed, or its parent is gone.
process.on('disconnect', () => process.exit())
process.send({ call: 'ready' })
