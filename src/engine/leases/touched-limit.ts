import type { LimitRow } from '../../storage/tables/limits.ts'
import type { UsageItem } from '../../storage/usage-batch.ts'

/** Units of a meter that the call adds; undefined: it does not touch it. Text: not to be leased. */
export const unitsOf = (item: UsageItem, row: LimitRow): number | string | undefined => {
  const amount = item.amounts.find(({ meter }) => meter === row.meter)
  if (!amount || amount.units === 0n) return undefined
  if (row.aggregation !== 'sum' && row.aggregation !== 'count') return 'does not add up'
  return Number(amount.units)
}

/** Whose a limit is for this call; undefined: nobody's, so that it does not touch it. */
export const subjectOf = (item: UsageItem, { per }: LimitRow): string | undefined =>
  per === 'organization' ? '' : per === 'user' ? item.userId : item.apiKeyId
