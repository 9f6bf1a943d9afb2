// A process with a clock that goes ten times as fast, until it is killed. Usage:
// job-process.mjs URL BEGAN_AT SCHEDULE: what began at that instant, or never where it says "none"
import { writeSync } from 'node:fs'
import { createTollgate } from '../../dist/index.js'

const FASTER = 10
const [url = '', began = '0', schedule = 'none'] = process.argv.slice(2)
const clock = {
  now: () => new Date(Number(began) + (Date.now() - Number(began)) * FASTER),
  after: (delayMs, call) => {
    const timer = setTimeout(call, delayMs / FASTER)
    return () => clearTimeout(timer)
  },
}
await createTollgate({
  database: { url },
  clock,
  schedules: { 'apply-retention': null },
  ...(schedule !== 'none' && { billing: { schedule } }),
})
writeSync(1, 'ready\n')
