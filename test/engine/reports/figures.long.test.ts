import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { TollgateEngine } from '../../../src/contract/tollgate.ts'
import { createTollgate } from '../../../src/engine/create-tollgate.ts'
import { fillDemo } from '../../../src/engine/demo/fill-demo.ts'
import { testClock } from '../../../src/testing/index.ts'
import { isLong } from '../../setup/form.ts'
import { describeByForm } from '../../setup/substrates.ts'
import {
  type Checked,
  checkDashboard,
  checkManagement,
  checkOverage,
} from './check-organization.ts'
import { checkAnotherPlan, checkPlatform, checkTrials, checkUsage } from './check-platform.ts'
import { checkDaily, checkEndpoints } from './check-reports.ts'

/** After a clock change in New York, and before one in Berlin. */
const NOW = new Date('2026-03-20T15:30:00Z')
/** Three months, or one month and the time before it. */
const DAYS = isLong ? 95 : 45
const SLOW = { timeout: 240_000 }

describeByForm('every figure of the demo equals the raw events', (open) => {
  let checked: Checked | undefined
  const subject = () => checked as Checked
  let ids: readonly string[] = []

  beforeAll(async () => {
    const db = await open()
    const tollgate = await createTollgate({ database: db, clock: testClock(NOW) })
    const demo = { seed: 11, days: DAYS, organizations: 7, now: NOW }
    ids = (await fillDemo(tollgate, demo)).organizations.map(({ id }) => id)
    checked = { tollgate, db, at: NOW }
    await reverseSome(subject())
  }, 240_000)
  afterAll(() => checked?.tollgate.close())

  it('on dashboards in three time zones', SLOW, async () => {
    expect(ids).toHaveLength(7)
    for (const id of ids) await checkDashboard(subject(), id, 'UTC')
    await checkDashboard(subject(), ids[0] ?? '', 'America/New_York')
    await checkDashboard(subject(), ids[1] ?? '', 'Asia/Tokyo')
  })

  it("on management, in each organization's zone", SLOW, async () => {
    const zones = ['UTC', 'Europe/Berlin', 'America/Los_Angeles', 'Asia/Tokyo']
    for (const [index, id] of ids.entries()) {
      await subject().tollgate.usage.manage({
        organizationId: id,
        timezone: zones[index % zones.length],
      })
      await checkManagement(subject(), id)
    }
  })

  it('for overage, revenue, customers and margins', SLOW, async () => {
    const overages = new Map<string, string>()
    for (const id of ids) overages.set(id, await checkOverage(subject(), id))
    expect([...overages.values()].some((amount) => Number(amount) > 0)).toBe(true)
    await checkPlatform(subject(), overages)
  })

  it('for usage over time, in total and per organization', SLOW, async () => {
    await checkUsage(subject())
    for (const id of ids) await checkUsage(subject(), id)
  })

  it('for trials, and on another plan', SLOW, async () => {
    await checkTrials(subject())
    await checkAnotherPlan(subject(), 'northlight', 'ai-workspace/starter')
    await checkAnotherPlan(subject(), 'northlight', 'ai-workspace/enterprise')
    await checkAnotherPlan(subject(), 'openfreight', 'api-platform/free')
  })
})

/** Includes reversed events in the books. */
const reverseSome = async ({ tollgate, db }: Checked): Promise<void> => {
  const rows = await db.query<{ organization_id: string; id: string }>(
    `select organization_id, id from (
       select e.organization_id, e.id, row_number() over (
         partition by e.organization_id order by e.occurred_at desc, e.id) as place
       from tollgate.events e where e.event_type in ('chat_message', 'api_call')) recent
     where place in (3, 20, 200)`,
  )
  expect(rows.length).toBeGreaterThan(10)
  for (const { organization_id, id } of rows) {
    await tollgate.reverse({ organizationId: organization_id, eventId: id, reason: 'a test' })
  }
}

const TRACE = fileURLToPath(
  new URL('../../../../shared/data/azure-llm-inference-code-2023.csv', import.meta.url),
)

describe.skipIf(!existsSync(TRACE))('every figure of a replayed production trace', () => {
  describeByForm('equals the raw events', (open) => {
    let checked: Checked | undefined

    beforeAll(async () => {
      const at = new Date('2023-11-20T09:00:00Z')
      const db = await open()
      const tollgate = await createTollgate({ database: db, clock: testClock(at) })
      const organization = { id: 'acme', name: 'Acme', startsAt: '2023-11-05T00:00:00Z' }
      await tollgate.organizations.create({ ...organization, plan: 'rag-chatbot/enterprise' })
      await replay(tollgate, await readFile(TRACE, 'utf8'))
      checked = { tollgate, db, at }
    }, 240_000)
    afterAll(() => checked?.tollgate.close())

    it('on every endpoint', SLOW, async () => {
      const subject = checked as Checked
      const { calls } = await subject.tollgate.analytics.overview()
      expect(calls).toBe(8_819)
      await checkDashboard(subject, 'acme', 'UTC')
      await checkDashboard(subject, 'acme', 'America/Los_Angeles')
      await checkManagement(subject, 'acme')
      const overage = await checkOverage(subject, 'acme')
      await checkPlatform(subject, new Map([['acme', overage]]))
      await checkUsage(subject)
      await checkUsage(subject, 'acme')
      await checkTrials(subject)
    })

    it('by day and by endpoint, in five time zones', SLOW, async () => {
      const subject = checked as Checked
      const zones = ['UTC', 'America/Los_Angeles', 'Europe/Berlin', 'Asia/Tokyo', 'Pacific/Apia']
      for (const zone of zones) {
        expect(await checkDaily(subject, 'acme', zone)).toBe(8_819)
        expect(await checkEndpoints(subject, 'acme', zone)).toBe(8_819)
      }
    })
  })
})

const replay = async (tollgate: TollgateEngine, text: string): Promise<void> => {
  const events = text
    .trim()
    .split(/\r?\n/)
    .slice(1)
    .map((line, row) => {
      const [at = '', read, wrote] = line.split(',')
      return {
        id: `row-${row}`,
        organizationId: 'acme',
        eventType: 'chat_message',
        timestamp: `${at.slice(0, 23).replace(' ', 'T')}Z`,
        model: 'gpt-4o',
        endpoint: `/v1/chat/${row % 3}`,
        // The trace has no durations, so each call lasts as long as its output.
        durationMs: 20 + 13 * Number(wrote),
        userId: `user-${row % 17}`,
        inputTokens: Number(read),
        outputTokens: Number(wrote),
      }
    })
  for (let from = 0; from < events.length; from += 1_000) {
    const result = await tollgate.record(events.slice(from, from + 1_000), { backfill: true })
    expect(result.rejected).toEqual([])
  }
}
