import { expect, inject, it } from 'vitest'
import type { TollgateEngine } from '../src/contract/tollgate.ts'
import { newDatabase } from './gate-subjects.ts'
import { type Loaded, loadEvents, organizationNumber } from './insight-load.ts'
import { machine, thousands } from './report.ts'
import { planOf, type WatchedDatabase, watchedDatabase } from './watched-database.ts'

/**
 * How long reports take at 16 callers at once, beside the same with a tenth of the events, and the
 * plan of every statement: none may read all of a table of events.
 */

const EVENTS = Number(process.env.BENCH_INSIGHT_EVENTS ?? 10_000_000)
const ORGANIZATIONS = Number(process.env.BENCH_INSIGHT_ORGANIZATIONS ?? 1_000)
const CALLS = Number(process.env.BENCH_INSIGHT_CALLS ?? 2_000)
const CALLERS = 16
/** Roll-ups of small databases are compared with their events; of large ones that takes long. */
const COMPARED_UP_TO = 500_000
const server = inject('postgresUrl')

const { createTollgate } = (await import('../dist/index.js')) as typeof import('../src/index.ts')
const { openPostgres } = (await import(
  '../dist/storage/postgres/open.js'
)) as typeof import('../src/storage/postgres/open.ts')

interface Question {
  readonly name: string
  /** In milliseconds, for the 95th of a hundred calls. */
  readonly goalMs: number
  readonly ask: (
    tollgate: TollgateEngine,
    organizationId: string,
    loaded: Loaded,
  ) => Promise<unknown>
}

const history = (
  name: string,
  request: (loaded: Loaded) => Parameters<TollgateEngine['usage']['history']>[1],
): Question => ({
  name: `history: ${name}`,
  goalMs: 30,
  ask: (tollgate, id, loaded) => tollgate.usage.history(id, request(loaded)),
})

/** Where the pages that are asked for lie, whatever an organization has: near the end of it. */
const deepest = ({ events, organizations }: Loaded, limit: number): number =>
  Math.max(1, Math.floor(Math.min(events / organizations, 10_000) / limit) - 1)

const daysIn = (loaded: Loaded, days: number): Date =>
  new Date(loaded.from.getTime() + days * 86_400_000)

const QUESTIONS: readonly Question[] = [
  { name: 'dashboard', goalMs: 20, ask: (tollgate, id) => tollgate.insight.dashboard(id) },
  { name: 'admin overview', goalMs: 100, ask: (tollgate) => tollgate.operator.overview() },
  history('first page', () => ({})),
  history('by type and credits, page 3', ({ eventTypes }) => ({
    ...{ eventType: eventTypes[1], minCredits: 5, page: 3, limit: 20 },
  })),
  history('of one session', () => ({ sessionId: 'session-7' })),
  history('all filters', (loaded) => ({
    ...{ eventType: loaded.eventTypes[0], category: loaded.categories[0], userId: 'user-3' },
    ...{ sessionId: 'session-9', minCredits: 1, maxCredits: 1_000 },
    ...{ startDate: daysIn(loaded, 2), endDate: daysIn(loaded, 25) },
  })),
  history('a week of a user', (loaded) => ({
    ...{ userId: 'user-3', startDate: daysIn(loaded, 7), endDate: daysIn(loaded, 14) },
  })),
  history('largest first, page 2', () => ({ sort: '-credits', page: 2 })),
  history('deepest page', (loaded) => ({ page: deepest(loaded, 50) })),
  history('deepest page, largest first', (loaded) => ({
    ...{ sort: '-credits', page: deepest(loaded, 50) },
  })),
  history('by cursor, half way', (loaded) => ({ cursor: cursorAt(daysIn(loaded, 15)) })),
  {
    name: 'by day, in Tokyo',
    goalMs: 20,
    ask: (tollgate, id) => tollgate.usage.daily(id, { timezone: 'Asia/Tokyo' }),
  },
  {
    name: 'by endpoint, in New York',
    goalMs: 20,
    ask: (tollgate, id) => tollgate.usage.endpoints(id, { timezone: 'America/New_York' }),
  },
]

/** As a page before that moment gave it. */
const cursorAt = (at: Date): string =>
  Buffer.from(JSON.stringify(['-occurredAt', '0', at.getTime(), 'event'])).toString('base64url')

interface Measured {
  readonly p95Ms: number
  /** Of this process, a call: what the machine does besides does not count. */
  readonly cpuMs: number
}

const measure = async (
  tollgate: TollgateEngine,
  question: Question,
  loaded: Loaded,
): Promise<Measured> => {
  const tookMs: number[] = []
  let next = 0
  const caller = async () => {
    while (next < CALLS) {
      const organizationId = organizationNumber((next * 7_919) % loaded.organizations)
      next += 1
      const startedAt = performance.now()
      await question.ask(tollgate, organizationId, loaded)
      tookMs.push(performance.now() - startedAt)
    }
  }
  const before = process.cpuUsage()
  await Promise.all(Array.from({ length: CALLERS }, caller))
  const { user, system } = process.cpuUsage(before)
  tookMs.sort((a, b) => a - b)
  const p95Ms = tookMs[Math.floor(tookMs.length * 0.95)] ?? 0
  return { p95Ms, cpuMs: (user + system) / 1_000 / CALLS }
}

/** A partition that has no rows is planned so as well, and then not even looked at. */
const READS_ALL = /Seq Scan on (?:tollgate\.)?events(?!.*never executed)/

/** Every statement of a question with its plan; the table of events is never read as a whole. */
const plansOf = async (
  db: WatchedDatabase,
  tollgate: TollgateEngine,
  question: Question,
  loaded: Loaded,
): Promise<string[]> => {
  db.watch()
  await question.ask(tollgate, organizationNumber(1), loaded)
  const plans: string[] = []
  for (const statement of db.statements()) {
    const plan = await planOf(db, statement)
    const whole = plan.split('\n').filter((line) => READS_ALL.test(line))
    expect(whole, `${question.name}\n${plan}`).toEqual([])
    plans.push(`#### ${question.name}\n${statement.text.trim()}\n${plan}`)
  }
  return plans
}

const measured = async (events: number, withPlans: boolean): Promise<Map<string, Measured>> => {
  const { url, drop } = await newDatabase(server as string)
  const db = watchedDatabase(await openPostgres({ url, poolSize: CALLERS, timeoutMs: 3_600_000 }))
  const tollgate = await createTollgate({ database: db })
  try {
    const startedAt = performance.now()
    const load = { events, organizations: ORGANIZATIONS }
    const loaded = await loadEvents(tollgate, db, load, (day, of) => {
      if (day % 10 === 0) console.log(`${thousands(events)} events: day ${day} of ${of} is there`)
    })
    const seconds = (performance.now() - startedAt) / 1_000
    console.log(`${thousands(events)} events were there in ${thousands(seconds)} s`)
    if (events <= COMPARED_UP_TO) {
      expect((await tollgate.aggregate({ from: loaded.from, to: loaded.to })).differences).toEqual(
        [],
      )
    }
    const results = new Map<string, Measured>()
    for (const question of QUESTIONS) {
      if (withPlans) console.log((await plansOf(db, tollgate, question, loaded)).join('\n'))
      await measure(tollgate, question, loaded)
      results.set(question.name, await measure(tollgate, question, loaded))
    }
    return results
  } finally {
    await tollgate.close()
    await drop()
  }
}

it.runIf(server)('answers reports quickly, however many events there are', async () => {
  const tenth = await measured(EVENTS / 10, false)
  const whole = await measured(EVENTS, true)
  const rows = QUESTIONS.map(({ name, goalMs }) => {
    const nothing = { p95Ms: 0, cpuMs: 0 }
    const [{ p95Ms, cpuMs }, tenthOf] = [whole.get(name) ?? nothing, tenth.get(name) ?? nothing]
    const figures = [p95Ms.toFixed(1), goalMs, tenthOf.p95Ms.toFixed(1)]
    const cells = [name, ...figures, (p95Ms / tenthOf.p95Ms).toFixed(2), cpuMs.toFixed(2)]
    return `| ${cells.join(' | ')} |`
  })
  console.log(
    [
      '',
      `### reports of ${thousands(ORGANIZATIONS)} organizations, ${CALLERS} callers (${machine()})`,
      `p95 in ms of ${thousands(CALLS)} calls, at ${thousands(EVENTS)} events and at a tenth of them`,
      '| | p95 | goal | p95 of a tenth | ratio | CPU of this process, ms a call |',
      '|---|---|---|---|---|---|',
      ...rows,
    ].join('\n'),
  )
})
