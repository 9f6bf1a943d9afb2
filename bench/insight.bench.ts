import { loadavg } from 'node:os'
import { expect, inject, it } from 'vitest'
import type { TollgateEngine } from '../src/contract/tollgate.ts'
import type { HistoryListInput } from '../src/contract/usage-history.ts'
import { newDatabase } from './gate-subjects.ts'
import { type Loaded, loadEvents, loadedBefore, organizationNumber } from './insight-load.ts'
import { machine, thousands } from './report.ts'
import { planOf, type WatchedDatabase, watchedDatabase } from './watched-database.ts'

/**
 * The duration of reports for 16 callers. Each asks again as soon as it has its answer, for one
 * organization after another. The comparison is a tenth of the events. It also checks every
 * statement's plan: none may read a whole table of events. Everything runs in two rounds. In round
 * `first` this process has answered nothing yet. Neither round writes anything.
 */

const EVENTS = Number(process.env.BENCH_INSIGHT_EVENTS ?? 10_000_000)
const ORGANIZATIONS = Number(process.env.BENCH_INSIGHT_ORGANIZATIONS ?? 1_000)
const CALLS = Number(process.env.BENCH_INSIGHT_CALLS ?? 2_000)
const CALLERS = 16
/** Compares roll-ups with events on small databases only; on large ones that takes long. */
const COMPARED_UP_TO = 500_000
/** Existing databases to reuse: with a tenth of the events, and with all. */
const FILLED = process.env.BENCH_INSIGHT_FILLED?.split(',') ?? []
const server = inject('postgresUrl')

const { createTollgate } = (await import(
  '../dist/engine/create-tollgate.js'
)) as typeof import('../src/engine/create-tollgate.ts')
const { openPostgres } = (await import(
  '../dist/storage/postgres/open.js'
)) as typeof import('../src/storage/postgres/open.ts')

interface Question {
  readonly name: string
  /** In milliseconds, at the 95th percentile. */
  readonly goalMs: number
  readonly ask: (
    tollgate: TollgateEngine,
    organizationId: string,
    loaded: Loaded,
    /** The call's index, from 0. */
    call: number,
  ) => Promise<unknown>
}

const history = (name: string, request: (loaded: Loaded) => HistoryListInput): Question => ({
  name: `history: ${name}`,
  goalMs: 30,
  ask: (tollgate, id, loaded) => tollgate.usage.history({ organizationId: id, ...request(loaded) }),
})

/** The position of the requested pages, for any organization: near the end. */
const deepest = ({ events, organizations }: Loaded, limit: number): number =>
  Math.max(1, Math.floor(Math.min(events / organizations, 10_000) / limit) - 1)

const daysIn = (loaded: Loaded, days: number): Date =>
  new Date(loaded.from.getTime() + days * 86_400_000)

/** More than the calls per organization, so that no cached answer helps. */
const ZONES = Intl.supportedValuesOf('timeZone').filter((zone) => zone.startsWith('A'))

const QUESTIONS: readonly Question[] = [
  {
    name: 'dashboard',
    goalMs: 20,
    ask: (tollgate, id) => tollgate.usage.dashboard({ organizationId: id }),
  },
  {
    name: 'dashboard, none in this zone before',
    goalMs: 20,
    ask: (tollgate, id, _loaded, call) =>
      tollgate.usage.dashboard({ organizationId: id, timezone: ZONES[call % ZONES.length] }),
  },
  { name: 'admin overview', goalMs: 100, ask: (tollgate) => tollgate.analytics.overview() },
  history('first page', () => ({})),
  history('by type and credits, page 3', ({ eventTypes }) => ({
    eventType: eventTypes[1],
    minCredits: 5,
    page: 3,
    limit: 20,
  })),
  history('of one session', () => ({ sessionId: 'session-7' })),
  history('all filters', (loaded) => ({
    eventType: loaded.eventTypes[0],
    category: loaded.categories[0],
    userId: 'user-3',
    sessionId: 'session-9',
    minCredits: 1,
    maxCredits: 1_000,
    startDate: daysIn(loaded, 2),
    endDate: daysIn(loaded, 25),
  })),
  history('a week of a user', (loaded) => ({
    userId: 'user-3',
    startDate: daysIn(loaded, 7),
    endDate: daysIn(loaded, 14),
  })),
  history('largest first, page 2', () => ({ sort: '-credits', page: 2 })),
  history('page 15', () => ({ page: 15 })),
  history('page 15, largest first', () => ({ sort: '-credits', page: 15 })),
  history('deepest page', (loaded) => ({ page: deepest(loaded, 50) })),
  history('deepest page, largest first', (loaded) => ({
    sort: '-credits',
    page: deepest(loaded, 50),
  })),
  history('by cursor, half way', (loaded) => ({ cursor: cursorAt(daysIn(loaded, 15)) })),
  {
    name: 'by day, in Tokyo',
    goalMs: 20,
    ask: (tollgate, id) => tollgate.usage.daily({ organizationId: id, timezone: 'Asia/Tokyo' }),
  },
  {
    name: 'by endpoint, in New York',
    goalMs: 20,
    ask: (tollgate, id) =>
      tollgate.usage.endpoints({ organizationId: id, timezone: 'America/New_York' }),
  },
]

/** As a page before that moment returned it. */
const cursorAt = (at: Date): string =>
  Buffer.from(JSON.stringify(['-occurredAt', '0', at.getTime(), 'event'])).toString('base64url')

interface Measured {
  readonly p95Ms: number
  /** Of this process, per call: other load on the machine does not count. */
  readonly cpuMs: number
}

interface Rounds {
  readonly first: Measured
  readonly again: Measured
}

const measure = async (
  tollgate: TollgateEngine,
  question: Question,
  loaded: Loaded,
  firstCall: number,
): Promise<Measured> => {
  const tookMs: number[] = []
  let next = firstCall
  const caller = async () => {
    while (next < firstCall + CALLS) {
      const call = next
      next += 1
      const organizationId = organizationNumber((call * 7_919) % loaded.organizations)
      const startedAt = performance.now()
      await question.ask(tollgate, organizationId, loaded, call)
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

/** The plan includes a partition without rows as well, but does not read it. */
const READS_ALL = /Seq Scan on (?:tollgate\.)?events(?!.*never executed)/

/** Checks each plan of a report's statements: none reads the whole table of events. */
const plansOf = async (
  db: WatchedDatabase,
  tollgate: TollgateEngine,
  question: Question,
  loaded: Loaded,
): Promise<string[]> => {
  db.watch()
  await question.ask(tollgate, organizationNumber(1), loaded, 0)
  const plans: string[] = []
  for (const statement of db.statements()) {
    const plan = await planOf(db, statement)
    const whole = plan.split('\n').filter((line) => READS_ALL.test(line))
    expect(whole, `${question.name}\n${plan}`).toEqual([])
    plans.push(`#### ${question.name}\n${statement.text.trim()}\n${plan}`)
  }
  return plans
}

/** A database with this many events, from `FILLED` if set. */
const databaseWith = async (
  events: number,
  filled: string | undefined,
): Promise<{
  readonly db: WatchedDatabase
  readonly tollgate: TollgateEngine
  readonly loaded: Loaded
  readonly end: () => Promise<void>
}> => {
  const { url, drop } = filled
    ? { url: filled, drop: async () => {} }
    : await newDatabase(server as string)
  const db = watchedDatabase(await openPostgres({ url, poolSize: CALLERS, timeoutMs: 3_600_000 }))
  const tollgate = await createTollgate({ database: db })
  const load = { events, organizations: ORGANIZATIONS }
  const startedAt = performance.now()
  const loaded = filled
    ? loadedBefore(load)
    : await loadEvents(tollgate, db, load, (day, of) => {
        if (day % 10 === 0) console.log(`${thousands(events)} events: day ${day} of ${of} is there`)
      })
  const seconds = (performance.now() - startedAt) / 1_000
  console.log(`${thousands(events)} events were there in ${thousands(seconds)} s`)
  const end = async () => {
    await tollgate.close()
    await drop()
  }
  return { db, tollgate, loaded, end }
}

const measured = async (
  events: number,
  filled: string | undefined,
  withPlans: boolean,
): Promise<Map<string, Rounds>> => {
  const { db, tollgate, loaded, end } = await databaseWith(events, filled)
  try {
    if (events <= COMPARED_UP_TO) {
      const { differences } = await tollgate.admin.aggregate({ from: loaded.from, to: loaded.to })
      expect(differences).toEqual([])
    }
    const results = new Map<string, Rounds>()
    for (const question of QUESTIONS) {
      if (withPlans) console.log((await plansOf(db, tollgate, question, loaded)).join('\n'))
      const first = await measure(tollgate, question, loaded, 0)
      results.set(question.name, {
        first,
        again: await measure(tollgate, question, loaded, CALLS),
      })
    }
    return results
  } finally {
    await end()
  }
}

it.runIf(server)('answers reports quickly, however many events there are', async () => {
  const tenth = await measured(EVENTS / 10, FILLED[0], false)
  const whole = await measured(EVENTS, FILLED[1], true)
  const rows = QUESTIONS.map(({ name, goalMs }) => {
    const { first, again } = whole.get(name) as Rounds
    const { again: tenthOf } = tenth.get(name) as Rounds
    const ratio = (again.p95Ms / tenthOf.p95Ms).toFixed(2)
    const figures = [first.p95Ms.toFixed(1), again.p95Ms.toFixed(1), goalMs]
    const cells = [name, ...figures, tenthOf.p95Ms.toFixed(1), ratio]
    return `| ${[...cells, first.cpuMs.toFixed(2), again.cpuMs.toFixed(2)].join(' | ')} |`
  })
  console.log(
    [
      '',
      `### reports of ${thousands(ORGANIZATIONS)} organizations, ${CALLERS} callers (${machine()})`,
      `p95 in ms of ${thousands(CALLS)} calls, at ${thousands(EVENTS)} events and at a tenth of them`,
      `(load of the machine at the end, over 1, 5 and 15 minutes: ${loadavg().map((load) => load.toFixed(1))})`,
      '| | p95 first | p95 again | goal | p95 of a tenth | ratio | CPU of this process, first | again |',
      '|---|---|---|---|---|---|---|---|',
      ...rows,
    ].join('\n'),
  )
})
