import type { LimitRow } from '../../storage/gate/limits.ts'

/** A use as limits see it: user, API key, and the amount for each meter. */
export interface MeteredUse {
  readonly userId?: string | null | undefined
  readonly apiKeyId?: string | undefined
  readonly amounts: readonly { readonly meter: string; readonly units: bigint | number }[]
}

/** The units that a call adds to a limit's meter. 0: the call does not touch the limit. */
export const unitsOf = ({ meter }: LimitRow, amounts: MeteredUse['amounts']): number => {
  for (const amount of amounts) if (amount.meter === meter) return Number(amount.units)
  return 0
}

/**
 * The user or key that a limit counts for. Undefined: the call has none, so it does not touch the
 * limit.
 */
export const subjectOf = ({ per }: LimitRow, use: MeteredUse): string | undefined => {
  if (per === 'organization') return ''
  // The database stores the ids of keys in lower case, whatever case the caller used.
  return (per === 'user' ? use.userId : use.apiKeyId?.toLowerCase()) ?? undefined
}
