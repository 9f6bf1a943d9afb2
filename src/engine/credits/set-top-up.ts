import type { z } from 'zod'
import { STRIPE_LIMITS } from '../../connectors/stripe/limits.ts'
import type { CallOptions, Owned } from '../../contract/call.ts'
import { invalid } from '../../contract/errors.ts'
import type { TopUpSet, TopUpSettings, topUpSettingsSchema } from '../../contract/grants.ts'
import { MICRO_CREDIT_SCALE, parseDecimal, toUnits } from '../../core/amounts.ts'
import { currencyOf } from '../../core/billing/currencies.ts'
import { moneyText } from '../../core/billing/money-text.ts'
import { announce } from '../../storage/changes.ts'
import { catchUp } from '../../storage/tables/grants.ts'
import { findTopUp, putTopUp, removeTopUp, type TopUpRow } from '../../storage/tables/top-ups.ts'
import { actorOf } from '../audit/actor-of.ts'
import { appendAudit } from '../audit/append-audit.ts'
import type { Context } from '../context.ts'
import { existing, lockedOrganization } from '../tenancy/organizations.ts'
import { credits } from './grant-value.ts'

const CURRENCY = 'USD'
const MOST_A_MONTH = 10

type Wanted = z.output<typeof topUpSettingsSchema>

/** Sets when credits are bought automatically, how many and for how much, or turns that off. */
export const setTopUp = async (
  ctx: Context,
  { organizationId, ...wanted }: Owned<Wanted>,
  options: CallOptions = {},
): Promise<TopUpSet> => {
  await existing(ctx, organizationId)
  const row = rowOf(organizationId, wanted)
  const at = ctx.clock.now()
  await ctx.db.transaction(async (tx) => {
    await lockedOrganization(tx, organizationId)
    await catchUp(tx, organizationId, at)
    const before = await findTopUp(tx, organizationId)
    if (row) await putTopUp(tx, row, options.actor ?? 'unknown', at)
    else await removeTopUp(tx, organizationId)
    await appendAudit(tx, ctx, {
      organizationId,
      category: 'billing',
      action: 'top_up.set',
      ...actorOf(options),
      subject: `organization:${organizationId}`,
      ...(before && { old: topUpOf(before) }),
      ...(row && { new: topUpOf(row) }),
    })
    await announce(tx, 'organization', organizationId)
  })
  ctx.forgetOrganization(organizationId)
  return { organizationId, topUp: row ? topUpOf(row) : null }
}

export const topUpOf = (row: TopUpRow): TopUpSettings => ({
  below: credits(row.below),
  credits: credits(row.units),
  amount: moneyText(row.minor_units, currencyOf(row.currency)),
  currency: row.currency,
  mostAMonth: row.most_a_month,
})

const rowOf = (organizationId: string, wanted: Wanted): TopUpRow | undefined => {
  if (wanted.below === null) return undefined
  return {
    organization_id: organizationId,
    below: unitsOf('below', wanted.below),
    units: unitsOf('credits', wanted.credits),
    minor_units: minorUnitsOf(wanted.amount),
    currency: CURRENCY,
    most_a_month: wanted.mostAMonth ?? MOST_A_MONTH,
  }
}

const unitsOf = (field: 'below' | 'credits', amount: number | undefined): bigint => {
  const decimal = amount === undefined ? undefined : parseDecimal(amount)
  if (!decimal) throw invalid({ field, message: 'is needed where credits are to be bought' })
  if (decimal.scale > MICRO_CREDIT_SCALE) {
    throw invalid({ field, message: 'must have at most six decimals' })
  }
  return toUnits(decimal, MICRO_CREDIT_SCALE)
}

const minorUnitsOf = (amount: string | undefined): bigint => {
  const decimal = amount === undefined ? undefined : parseDecimal(amount)
  if (!decimal || decimal.units === 0n) {
    throw invalid({ field: 'amount', message: 'is needed, and must be above zero' })
  }
  const currency = currencyOf(CURRENCY)
  const minorUnits = toUnits(decimal, currency.exponent)
  const { leastChargeMinorUnits: least, mostMinorUnits: most } = STRIPE_LIMITS
  if (minorUnits >= least && minorUnits <= most) return minorUnits
  const [from, to] = [moneyText(least, currency), moneyText(most, currency)]
  throw invalid({
    field: 'amount',
    message: `must be from ${from} to ${to}: Stripe charges no other`,
  })
}
