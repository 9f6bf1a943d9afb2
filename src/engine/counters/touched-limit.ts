import type { LimitRow } from '../../storage/gate/limits.ts'
import type { UsageAmount } from '../../storage/usage-batch.ts'

/** Units that a call adds to the meter of a limit; 0: it does not touch it. */
export const unitsOf = ({ meter }: LimitRow, amounts: readonly UsageAmount[]): number =>
  Number(amounts.find((amount) => amount.meter === meter)?.units ?? 0n)

/** Whose a limit is for a call; undefined: nobody's, so that the call does not touch it. */
export const subjectOf = (
  { per }: LimitRow,
  userId: string | null | undefined,
  apiKeyId: string | undefined,
): string | undefined => {
  if (per === 'organization') return ''
  return (per === 'user' ? userId : apiKeyId) ?? undefined
}
