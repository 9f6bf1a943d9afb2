import type { z } from 'zod'
import type { CallOptions } from '../../contract/call.ts'
import { TollgateError } from '../../contract/errors.ts'
import { DEFAULT_PAGE_SIZE, pageFrom } from '../../contract/page.ts'
import type {
  Migrated,
  MigrationPage,
  migrationRequestSchema,
  migrationSchema,
} from '../../contract/subscriptions.ts'
import {
  fractionOf,
  negateFraction,
  parsePrice,
  sumFractions,
} from '../../core/billing/fraction.ts'
import { usdOf } from '../../core/billing/money.ts'
import { pricesOfPlans } from '../../storage/reports/overage.ts'
import type { PlanVersionRow } from '../../storage/tables/catalogs.ts'
import { changeAllowance } from '../../storage/tables/grants.ts'
import { updateOrganization as updateRow } from '../../storage/tables/organizations.ts'
import { organizationsBehind } from '../../storage/tables/subscriptions.ts'
import type { Context } from '../context.ts'
import { told } from '../events/told.ts'
import { applyAllDue } from '../tenancy/due-changes.ts'
import { endLooserOverrides } from '../tenancy/looser-overrides.ts'
import { planNamed } from '../tenancy/organizations.ts'
import { changeSubscription, refused } from './change-subscription.ts'
import { priceOf } from './subscription-value.ts'

/** Organizations on an older version of a plan, and what each would pay on the newest. */
export const previewMigration = async (
  ctx: Context,
  { plan: key, cursor, limit = DEFAULT_PAGE_SIZE }: z.output<typeof migrationRequestSchema>,
): Promise<MigrationPage> => {
  const newest = planNamed(ctx, key).row
  await applyAllDue(ctx)
  const page = { after: cursor, limit: limit + 1 }
  const rows = await organizationsBehind(ctx.db, newest, page)
  const plan = `${newest.catalog}/${newest.plan}`
  const versions = [...new Set(rows.map(({ plan_version }) => plan_version))]
  const prices = await pricesOfPlans(
    ctx.db,
    versions.map((version) => ({ plan, version })),
  )
  const to = { plan, version: newest.version, monthlyPriceUsd: priceOf(newest.document) }
  return pageFrom(
    rows,
    limit,
    ({ id, name, plan_version: version }) => {
      const from = { plan, version, monthlyPriceUsd: prices.get(`${plan}@${version}`) ?? null }
      const differenceUsd = differenceOf(from.monthlyPriceUsd, to.monthlyPriceUsd)
      return { organizationId: id, name, from, to, differenceUsd }
    },
    ({ id }) => id,
  )
}

/** An organization that cannot be moved is reported with its reason, and the others are moved. */
export const migrate = async (
  ctx: Context,
  { plan, organizationIds }: z.output<typeof migrationSchema>,
  options: CallOptions = {},
): Promise<Migrated> => {
  const newest = planNamed(ctx, plan).row
  const moved: string[] = []
  const failed: Migrated['failed'] = []
  for (const organizationId of new Set(organizationIds)) {
    try {
      await moveToNewest(ctx, organizationId, newest, options)
      moved.push(organizationId)
    } catch (error) {
      if (!(error instanceof TollgateError)) throw error
      failed.push({ organizationId, reason: error.message })
    }
  }
  return { plan: `${newest.catalog}/${newest.plan}`, version: newest.version, moved, failed }
}

/** Its scheduled changes stay. */
const moveToNewest = (
  ctx: Context,
  organizationId: string,
  newest: PlanVersionRow,
  options: CallOptions,
) =>
  changeSubscription(ctx, organizationId, options, async ({ tx, row, at }) => {
    const plan = `${newest.catalog}/${newest.plan}`
    if (`${row.catalog}/${row.plan}` !== plan) throw refused(`is not on ${plan}`)
    if (row.plan_version === newest.version) return undefined
    await updateRow(tx, organizationId, { plan: { versionId: newest.id, isAnother: false } })
    await endLooserOverrides(tx, [organizationId], at)
    await changeAllowance(tx, organizationId, at)
    return {
      action: 'organization.moved',
      old: { plan, planVersion: row.plan_version },
      new: { plan, planVersion: newest.version },
      told: [
        told('plan.changed', {
          from: { plan, planVersion: row.plan_version },
          to: { plan, planVersion: newest.version },
        }),
      ],
    }
  })

const differenceOf = (from: string | null, to: string | null): string | null => {
  if (from === null || to === null) return null
  const price = (text: string) => fractionOf(parsePrice(text, 'the price of a plan'))
  return usdOf(sumFractions([price(to), negateFraction(price(from))]))
}
