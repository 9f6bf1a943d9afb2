import { invalid } from '../contract/errors.ts'

/**
 * Reads the header `Idempotency-Key`, which replaces an absent id. Refuses keys that are too long.
 */
export const idempotencyKeyOf = (request: Request): string | undefined => {
  const key = request.headers.get('idempotency-key')
  if (key === null) return undefined
  if (key !== '' && key.length <= 255) return key
  throw invalid({ field: 'Idempotency-Key', message: 'must be 1 to 255 characters' })
}

/** Requires the header to equal the `id` if both are given. */
export const agreeOnId = (id: unknown, idempotencyKey: string | undefined): void => {
  if (id === undefined || idempotencyKey === undefined || id === idempotencyKey) return
  throw invalid({ field: 'id', message: 'must be the same as the header Idempotency-Key' })
}
