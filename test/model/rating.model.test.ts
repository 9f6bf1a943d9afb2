import { afterAll, beforeAll, expect, inject, it } from 'vitest'
import type { TollgateEngine } from '../../src/contract/tollgate.ts'
import { createTollgate } from '../../src/engine/create-tollgate.ts'
import { isLong, times } from '../setup/form.ts'
import { describeOnPglite, describeOnPostgres } from '../setup/substrates.ts'
import {
  byText,
  CLOSED_AFTER_MS,
  expectedInvoices,
  type RatedLine,
  type Subscribed,
} from './exact-rating.ts'
import {
  DAYS,
  endsOf,
  FIRST_MS,
  ratedCatalog,
  subscriptionAtRandom,
} from './rated-subscriptions.ts'

const SUBSCRIPTIONS = times('TOLLGATE_RATED', { short: 30, long: 200 })
const SEED = Number(process.env.RATING_SEED ?? 1)
const DAY_MS = 86_400_000
const END_MS = FIRST_MS + DAYS * DAY_MS

type Act = readonly [atMs: number, act: () => Promise<unknown>]

/** A subscription's own acts: it is created, changes its plan, pauses and resumes. */
const actsOf = (tollgate: TollgateEngine, id: string, one: Subscribed): Act[] => {
  const [first, ...changes] = one.plans
  const { startMs, trialEndMs } = one
  const trial = trialEndMs === undefined ? {} : { trialEndsAt: new Date(trialEndMs) }
  const created = { id, name: id, plan: `rated/${first?.plan.key}`, ...trial }
  return [
    [startMs, () => tollgate.organizations.create(created)],
    ...changes.map(
      ({ fromMs, plan }): Act => [
        fromMs,
        () => tollgate.organizations.update({ organizationId: id, plan: `rated/${plan.key}` }),
      ],
    ),
    ...one.pauses.flatMap(({ fromMs, toMs }): Act[] => [
      [fromMs, () => tollgate.subscriptions.pause({ organizationId: id })],
      [toMs, () => tollgate.subscriptions.resume({ organizationId: id })],
    ]),
    ...one.uses.flatMap(({ undoneMs }, index): Act[] =>
      undoneMs === undefined
        ? []
        : [
            [
              undoneMs,
              () =>
                tollgate.reverse({ organizationId: id, eventId: `${id}-${index}`, reason: 'test' }),
            ],
          ],
    ),
  ]
}

/** All acts in time order; those of one instant are recorded together. */
const timelineOf = (tollgate: TollgateEngine, all: ReadonlyMap<string, Subscribed>): Act[] => {
  const told = new Map<number, object[]>()
  for (const [id, { uses }] of all) {
    for (const [index, { atMs, toldMs, units }] of uses.entries()) {
      const event = { id: `${id}-${index}`, organizationId: id, eventType: 'work' }
      const batch = told.get(toldMs) ?? []
      batch.push({
        ...event,
        quantities: { work: Number(units) / 100 },
        timestamp: new Date(atMs),
        backfill: true,
      })
      told.set(toldMs, batch)
    }
  }
  const acts: Act[] = [...all].flatMap(([id, one]) => actsOf(tollgate, id, one))
  for (const [atMs, events] of told) {
    for (let from = 0; from < events.length; from += 500) {
      const some = events.slice(from, from + 500) as never
      acts.push([atMs, async () => expect((await tollgate.record(some)).rejected).toEqual([])])
    }
  }
  for (const endMs of endsOf([...all.values()])) {
    acts.push([endMs + CLOSED_AFTER_MS, () => tollgate.admin.closePeriods()])
  }
  return acts.filter(([atMs]) => atMs < END_MS).sort(([a], [b]) => a - b)
}

/** The lines of one subscription's invoices, by the model. */
const billedTo = async (
  tollgate: TollgateEngine,
  organizationId: string,
): Promise<RatedLine[][]> => {
  const { items } = await tollgate.invoices.list({ organizationId })
  const ids = items.map(({ id }) => id).reverse()
  const invoices = []
  for (const invoiceId of ids) {
    const { lines } = await tollgate.invoices.get({ organizationId, invoiceId })
    const own: RatedLine[] = []
    for (const { line, kind, window, minorUnits, adjusts, meter } of lines) {
      if (kind === 'credit') continue
      const asked = { organizationId, invoiceId, line, limit: 1 }
      const used = meter === null ? 0 : (await tollgate.invoices.lineEvents(asked)).total
      const of = adjusts === null ? (window ?? 'price') : `${window} of ${ids.indexOf(adjusts)}`
      own.push([kind, of, BigInt(minorUnits), BigInt(Math.round((used ?? 0) * 100))])
    }
    invoices.push(own.sort(byText))
  }
  return invoices
}

/** Uses PostgreSQL if there is one, because it is faster. Its manual clock triggers no timers. */
const describeRated = inject('postgresUrl') === undefined ? describeOnPglite : describeOnPostgres

describeRated('invoices of subscriptions of every kind', (open) => {
  let engine: TollgateEngine
  let nowMs = FIRST_MS
  beforeAll(async () => {
    engine = await createTollgate({
      catalogs: [{ document: ratedCatalog, origin: 'the plans of the model' }],
      retention: { eventsDays: 3_650, idsDays: 3_650 },
      clock: { now: () => new Date(nowMs), after: () => () => undefined },
      database: await open(),
    })
  })
  afterAll(() => engine.close())

  it('match the documentation to the cent, and lead to events with the same sums', {
    timeout: isLong ? 3_600_000 : 120_000,
  }, async () => {
    const all = new Map(
      Array.from({ length: SUBSCRIPTIONS }, (_, index) => [
        `rated-${index}`,
        subscriptionAtRandom(`${SEED} ${index}`),
      ]),
    )
    for (const [atMs, act] of timelineOf(engine, all)) {
      nowMs = atMs
      await act()
    }
    const differing: unknown[] = []
    const kinds = new Map<string, number>()
    for (const [id, one] of all) {
      const expected = expectedInvoices(one, END_MS)
      const billed = await billedTo(engine, id)
      if (String(expected) !== String(billed)) differing.push({ id, expected, billed })
      for (const [kind] of expected.flat()) kinds.set(kind, (kinds.get(kind) ?? 0) + 1)
    }
    expect(differing).toEqual([])
    // Most have both, so that no check is vacuous.
    expect(kinds.get('overage')).toBeGreaterThan(SUBSCRIPTIONS)
    expect(kinds.get('adjustment')).toBeGreaterThan(SUBSCRIPTIONS / 3)
  })
})
