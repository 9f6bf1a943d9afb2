import type { LimitRow } from '../../storage/gate/limits.ts'

/** A use as limits see it: the user, the key, and the amount for each meter. */
export interface MeteredUse {
  readonly userId?: string | null | undefined
  readonly apiKeyId?: string | undefined
  readonly amounts: readonly { readonly meter: string; readonly units: bigint | number }[]
}

/** Units that a call adds to the meter of a limit; 0: it does not touch it. */
export const unitsOf = ({ meter }: LimitRow, amounts: MeteredUse['amounts']): number => {
  for (const amount of amounts) if (amount.meter === meter) return Number(amount.units)
  return 0
}

/** The subject of a limit for a call. Undefined: none, so that the call does not touch it. */
export const subjectOf = ({ per }: LimitRow, use: MeteredUse): string | undefined => {
  if (per === 'organization') return ''
  // The database stores the ids of keys in lower case, whatever case the caller used.
  return (per === 'user' ? use.userId : use.apiKeyId?.toLowerCase()) ?? undefined
}
