import { afterAll, beforeAll, expect, it } from 'vitest'
import { createTollgate } from '../../src/engine/create-tollgate.ts'
import type { TollgateEngine } from '../../src/index.ts'
import { bodyOf, toThisMachine, verified } from '../behaviour/webhook-steps.ts'
import { answers, openReceiver, type Receiver } from '../connectors/outbound/receiver.ts'
import { eventually } from '../setup/eventually.ts'
import { isLong, times } from '../setup/form.ts'
import { describeOnPostgres } from '../setup/substrates.ts'
import { gateConfigurations, gateOptions } from './gate-configurations.ts'
import { type GateProcess, startGateProcess } from './gate-process.ts'

const CALLERS = 32
const MAX = times('TOLLGATE_ALERT_RACE', { short: 100, long: 2_000 })
const LINES = [0.5, 0.8, 0.9, 1].map((share) => String(MAX * share))
/** From when it is decided until it is received; on a machine that others use, longer. */
const DELIVERED_WITHIN_MS = isLong ? 2_000 : 10_000

for (const configuration of gateConfigurations(['strict', 'leased'])) {
  describeOnPostgres(`alerts raced for by two processes, ${configuration.name}`, (open, url) => {
    let here: TollgateEngine
    let there: GateProcess[]
    let receiver: Receiver
    const latenciesMs: number[] = []

    beforeAll(async () => {
      receiver = await openReceiver()
      receiver.answer = (response, request, asked) => {
        const [latest] = receiver.received.slice(-1)
        const data = latest && (bodyOf(latest).data as { decidedAt: string })
        latenciesMs.push(Date.now() - Date.parse(data?.decidedAt ?? ''))
        answers(204)(response, request, asked)
      }
      const options = gateOptions(url(), configuration)
      here = await createTollgate({
        database: await open(),
        catalogs: options.catalogs,
        webhooks: { ...toThisMachine(receiver.port), timeoutMs: 5_000 },
      })
      there = await Promise.all([startGateProcess({ options }), startGateProcess({ options })])
    }, 60_000)
    afterAll(async () => {
      await Promise.all(there.map((other) => other.close()))
      await here.close()
      await receiver.close()
    })

    it('tell of each line exactly once, however many cross it together', {
      timeout: 120_000,
    }, async () => {
      const id = 'raced'
      await here.organizations.create({ id, name: id, plan: 'gate/roomy' })
      await here.limits.override({
        organizationId: id,
        meter: 'units',
        window: 'period',
        max: MAX,
        behavior: 'hard',
        reason: 'a race',
      })
      const { secret } = await here.webhooks.create({
        organizationId: id,
        url: receiver.url,
        kinds: ['alert.*'],
      })
      const load = { organizationIds: [id], eventType: 'use' as const, callers: CALLERS }
      const seen = await Promise.all(there.map((other) => other.load({ ...load, total: MAX })))
      expect(seen.map(({ errors }) => errors)).toEqual([{}, {}])
      expect(seen.reduce((sum, { units }) => sum + units, 0)).toBe(MAX)
      await Promise.all(there.map((other) => other.call('flush')))
      await eventually(() => expect(receiver.received.length).toBeGreaterThanOrEqual(LINES.length))
      // Nothing else comes: what there is to be told is in the outbox, once each.
      const { items } = await here.domainEvents.list({ organizationId: id, kind: 'alert.fired' })
      expect(items.map(({ data }) => data.threshold).sort()).toEqual([...LINES].sort())
      const told = receiver.received.map((one) => verified(one, secret))
      expect(told.map(({ type }) => type)).toEqual(LINES.map(() => 'alert.fired'))
      expect(told.map(({ data }) => data.threshold).sort()).toEqual([...LINES].sort())
      expect(new Set(told.map((event) => event.id)).size).toBe(LINES.length)
      expect(Math.max(...latenciesMs)).toBeLessThan(DELIVERED_WITHIN_MS)
    })
  })
}
