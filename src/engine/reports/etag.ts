import { createHash } from 'node:crypto'
import { isRate } from '../../core/limit-kind.ts'

/**
 * The content of an answer's ETag, and the id of live figures. Equal figures have equal ones in every
 * process. The time of an answer and the reset of a rate are left out: they change with the clock.
 */
export const etagOf = (answer: object): string => {
  const { at: _, ...figures } = answer as { readonly at?: string }
  const text = JSON.stringify(figures, (_key, value) =>
    isRate(value?.window) ? { ...value, resetAt: null } : value,
  )
  return createHash('sha256').update(text).digest('base64url').slice(0, 22)
}
