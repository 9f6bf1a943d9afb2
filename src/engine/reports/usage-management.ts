import type { CurrentUsage } from '../../contract/tenancy.ts'
import type { UsageManagement } from '../../contract/usage-management.ts'
import { areWholeDays, lastZoneDays } from '../../core/zone-days.ts'
import { asOrganization } from '../../storage/as-organization.ts'
import { timezoneOf } from '../../storage/reports/insight.ts'
import { rollupsOf } from '../../storage/reports/rollups.ts'
import type { Context } from '../context.ts'
import { current } from '../gate/current.ts'
import { listLimits } from '../tenancy/list-limits.ts'
import { existing } from '../tenancy/organizations.ts'
import { aboutOrganization } from './answers.ts'
import { withItsEnd } from './unchanged-until.ts'
import { patternsOf } from './usage-patterns.ts'

const DAYS = 28

/**
 * How an organization's use is managed, and when it uses most. Those who ask at once share an
 * answer. It is cached until something that it depends on changes.
 */
export const usageManagement = (
  ctx: Context,
  { organizationId }: { readonly organizationId: string },
): Promise<UsageManagement> => {
  const asked = { what: 'management', organizationId }
  const question = aboutOrganization(ctx, asked, async () => {
    const read = () => readManagement(ctx, organizationId)
    const { value, untilMs } = await withItsEnd(ctx, organizationId, read, ({ now }) => now)
    return { value: value.management, untilMs }
  })
  return ctx.reports.answers.get(question)
}

interface Reading {
  readonly management: UsageManagement
  readonly now: CurrentUsage
}

const readManagement = async (ctx: Context, organizationId: string): Promise<Reading> => {
  const organization = await existing(ctx, organizationId)
  const at = ctx.clock.now()
  const [limits, now, { zone, days, hours }] = await Promise.all([
    listLimits(ctx, { organizationId }),
    current(ctx, { organizationId }),
    readHours(ctx, organizationId, at),
  ])
  const plan = organization.plan_document
  const management: UsageManagement = {
    organizationId,
    at: at.toISOString(),
    timezone: zone,
    windowsIn: 'UTC',
    dayStarts: areWholeDays(zone, days) ? 'exact' : 'next_hour',
    limits: limits.map((limit) => {
      const level =
        limit.per === 'organization'
          ? now.limits.find(({ meter, window }) => meter === limit.meter && window === limit.window)
          : undefined
      return {
        ...limit,
        used: level?.used ?? null,
        percentageUsed: level?.percentageUsed ?? null,
      }
    }),
    alerts: { warnPercent: organization.warn_percent },
    plan: {
      key: `${organization.catalog}/${organization.plan}`,
      version: organization.plan_version,
      name: String(plan.name),
      monthlyPriceUsd: plan.monthlyPriceUsd === null ? null : String(plan.monthlyPriceUsd),
      features: Object(plan.features),
      upgradesTo: Array.isArray(plan.upgradesTo) ? plan.upgradesTo.map(String) : [],
    },
    settings: { name: organization.name, timezone: zone },
    patterns: patternsOf(zone, days, hours),
  }
  return { management, now }
}

/** The hours of the last whole days of the organization's zone. */
const readHours = (ctx: Context, organizationId: string, at: Date) =>
  asOrganization(ctx.db, organizationId, async (tx) => {
    const zone = await timezoneOf(tx, organizationId)
    const days = lastZoneDays(zone, at.getTime(), DAYS + 1).slice(0, -1)
    const hours = await rollupsOf(tx, organizationId, {
      dimension: 'total',
      grain: 'hour',
      from: new Date(days[0]?.fromMs ?? 0),
      to: new Date(days.at(-1)?.toMs ?? 0),
    })
    return { zone, days, hours }
  })
