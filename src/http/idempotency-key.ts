import { invalid } from '../contract/errors.ts'

/** The header that stands in for an absent id; other clients' longer ones are refused by name. */
export const idempotencyKeyOf = (request: Request): string | undefined => {
  const key = request.headers.get('idempotency-key')
  if (key === null) return undefined
  if (key !== '' && key.length <= 255) return key
  throw invalid({ field: 'Idempotency-Key', message: 'must be 1 to 255 characters' })
}

/** The header stands in for an absent id; it cannot say another one. */
export const agreeOnId = (id: unknown, idempotencyKey: string | undefined): void => {
  if (id === undefined || idempotencyKey === undefined || id === idempotencyKey) return
  throw invalid({ field: 'id', message: 'must be the same as the header Idempotency-Key' })
}
