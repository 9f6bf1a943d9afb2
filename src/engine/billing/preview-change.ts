import type { z } from 'zod'
import type { CallOptions, Owned } from '../../contract/call.ts'
import { TollgateError } from '../../contract/errors.ts'
import type { SubscriptionPreview, subscriptionChangeSchema } from '../../contract/subscriptions.ts'
import { type Currency, currencyOf } from '../../core/billing/currencies.ts'
import { formatFraction, roundFraction } from '../../core/billing/fraction.ts'
import { moneyText } from '../../core/billing/money-text.ts'
import { type BillingPeriod, billingPeriod, billingPeriodAt } from '../../core/billing/periods.ts'
import { type ProrationPart, prorateChange } from '../../core/billing/proration.ts'
import { asOrganization } from '../../storage/as-organization.ts'
import type { Queryable } from '../../storage/database.ts'
import type { OrganizationRow } from '../../storage/tables/organizations.ts'
import { specialTerms } from '../../storage/tables/subscriptions.ts'
import type { Context } from '../context.ts'
import { planToChoose } from '../subscriptions/change-organization.ts'
import { plannedChange } from '../subscriptions/planned-change.ts'
import { termOf } from '../subscriptions/subscription-term.ts'
import { isoPeriod, priceOf } from '../subscriptions/subscription-value.ts'
import { existing } from '../tenancy/organizations.ts'
import { draftInvoices, type PlannedSpell } from './draft-invoice.ts'

/** The cost of a change, computed in the same way as the invoices. */
export const previewChange = async (
  ctx: Context,
  { organizationId, plan: key, when }: Owned<z.output<typeof subscriptionChangeSchema>>,
  options: CallOptions = {},
): Promise<SubscriptionPreview> => {
  const row = await existing(ctx, organizationId)
  const chosen = planToChoose(ctx, key, options)
  const now = ctx.clock.now()
  const { timing, at } = plannedChange(row, chosen, when, now, options)
  const from = pricedPlan(row.catalog, row.plan, row.plan_version, priceOf(row.plan_document))
  const to = pricedPlan(chosen.catalog, chosen.plan, chosen.version, priceOf(chosen.document))
  const { cycle } = termOf(row)
  const period = billingPeriodAt(cycle, now.getTime())
  const next = billingPeriod(cycle, period.index + 1)
  const supposed = { plan: to.plan, version: to.version, startMs: at.getTime() }
  return asOrganization(ctx.db, organizationId, async (tx) => {
    const [special] = await specialTerms(tx, new Date(period.startMs), [organizationId])
    const parts = prorateChange({
      term: termOf(special ?? row),
      period,
      atMs: at.getTime(),
      from: { plan: `${from.plan}@${from.version}`, price: from.monthlyPriceUsd ?? '0' },
      to: { plan: `${to.plan}@${to.version}`, price: to.monthlyPriceUsd ?? '0' },
    })
    const invoices = { tx, row, now, supposed }
    const thisInvoice = await effectOf(invoices, period)
    const currency = currencyOf('USD')
    return {
      organizationId,
      from,
      to,
      when: timing,
      at: at.toISOString(),
      currency: currency.code,
      proration: parts.map((part, index) => prorationOf(part, index === 0 ? from : to, currency)),
      prorationTotal: moneyText(
        parts.reduce((sum, { amount }) => sum + roundFraction(amount, currency.exponent), 0n),
        currency,
      ),
      thisInvoice,
      nextInvoice: await effectOf(invoices, next),
    }
  })
}

type PricedPlan = SubscriptionPreview['from']

const pricedPlan = (
  catalog: string,
  plan: string,
  version: number,
  monthlyPriceUsd: string | null,
): PricedPlan => ({ plan: `${catalog}/${plan}`, version, monthlyPriceUsd })

const prorationOf = (
  { seconds, ofSeconds, amount, price }: ProrationPart,
  { plan, version }: PricedPlan,
  currency: Currency,
): SubscriptionPreview['proration'][number] => ({
  plan,
  planVersion: version,
  monthlyPriceUsd: price,
  seconds: Number(seconds),
  ofSeconds: Number(ofSeconds),
  exactAmount: formatFraction(amount),
  amount: moneyText(roundFraction(amount, currency.exponent), currency),
})

/** The total of a period's invoice without the change, and with it. */
const effectOf = async (
  invoices: {
    readonly tx: Queryable
    readonly row: OrganizationRow
    readonly now: Date
    readonly supposed: PlannedSpell
  },
  period: BillingPeriod,
): Promise<SubscriptionPreview['thisInvoice']> => {
  const { tx, row, now, supposed } = invoices
  const totalOf = async (supposing?: PlannedSpell): Promise<string> => {
    const periods = new Map([[row.id, period]])
    const draft = (await draftInvoices(tx, periods, now, supposing)).get(row.id)
    if (!draft) throw new TollgateError('not_found')
    const isRunning = period.startMs <= now.getTime()
    const lines = draft.lines.filter(({ kind }) => isRunning || kind !== 'overage')
    const total = lines.reduce((sum, { minorUnits }) => sum + minorUnits, 0n)
    return moneyText(total, draft.currency)
  }
  return { ...isoPeriod(period), before: await totalOf(), after: await totalOf(supposed) }
}
