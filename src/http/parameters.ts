import { z } from 'zod'
import { invalid } from '../contract/errors.ts'
import { organizationIdSchema, storableText } from '../contract/text.ts'

/** The query as an object; a parameter given twice is refused, since only one could count. */
export const queryOf = (request: Request): Record<string, string> => {
  const start = request.url.indexOf('?')
  if (start < 0) return {}
  const entries = [...new URLSearchParams(request.url.slice(start + 1))]
  const names = new Set<string>()
  for (const [field] of entries) {
    if (names.has(field)) throw invalid({ field, message: 'is given more than once' })
    names.add(field)
  }
  return Object.fromEntries(entries)
}

/** What an operation that is about one organization takes when it has no body to name it in. */
export const organizationQuerySchema = z.strictObject({
  organizationId: organizationIdSchema
    .optional()
    .describe('needed with the admin key; with an API key it is its own organization'),
  tenantId: organizationIdSchema.optional().describe('the same as `organizationId`'),
})

/** The organization that a query names. */
export const organizationInQuery = (
  query: z.output<typeof organizationQuerySchema>,
): { named: string | undefined; field: string } => {
  const { organizationId, tenantId } = query
  if (organizationId !== undefined && tenantId !== undefined && organizationId !== tenantId) {
    throw invalid({ field: 'tenantId', message: 'must be the same as organizationId' })
  }
  return organizationId === undefined && tenantId !== undefined
    ? { named: tenantId, field: 'tenantId' }
    : { named: organizationId, field: 'organizationId' }
}

/** An id that a caller chose, in a path. */
export const idParameterSchema = storableText(255)

/** `true` or `false` in a query. */
export const booleanParameterSchema = z
  .enum(['true', 'false'], 'must be true or false')
  .transform((text) => text === 'true')

/** A whole number in a query. */
export const integerParameterSchema = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d{1,15}$/, 'must be a whole number')
    .transform(Number)
    .pipe(z.number().min(min, `must be at least ${min}`).max(max, `must be at most ${max}`))
    .meta({ type: 'integer', minimum: min, maximum: max })

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
