import type { CallOptions } from '../contract/call.ts'
import { invalid } from '../contract/errors.ts'
import type { Fields, WireOperation } from './wire-operation.ts'

/** One request. The body is text, so that every attempt sends the same bytes. */
export interface SentRequest {
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | undefined
}

/** Builds the request of a call; `undefined` when there is nothing to send. */
export const requestOf = (
  operation: WireOperation,
  input: unknown,
  options: CallOptions,
  organizationId: string | undefined,
): SentRequest | undefined => {
  const { hasBody, query } = operation
  if (operation.isBatch) return batchOf(operation, input, options, organizationId)
  const fields: Fields = { ...(input as Fields) }
  if (!operation.isOfPlatform) fields.organizationId ??= organizationId
  if (operation.isKeyed) fields.id ??= keyOf(options)
  const special = operation.special?.(fields)
  const path = operation.path.replaceAll(/\{(\w+)\}/g, (_, param: string) => {
    const value = fields[param]
    if (value === undefined) throw invalid({ field: param, message: 'is required' })
    delete fields[param]
    return encodeURIComponent(String(value))
  })
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries(fields)) {
    if (hasBody && !query?.includes(name)) continue
    delete fields[name]
    if (value !== undefined && value !== null) search.append(name, textOf(value))
  }
  return {
    path: `${path}?${search}`.replace(/\?$/, ''),
    headers: { ...(hasBody && JSON_BODY), ...special?.headers },
    body: special?.body ?? (hasBody ? JSON.stringify(fields) : undefined),
  }
}

const JSON_BODY = { 'content-type': 'application/json' }

/** Always sends a batch, so that faults are reported by index, as in this process. */
const batchOf = (
  { path }: WireOperation,
  input: unknown,
  { backfill, ...options }: CallOptions & { readonly backfill?: boolean },
  organizationId: string | undefined,
): SentRequest | undefined => {
  const given = [input].flat() as readonly Fields[]
  if (given.length === 0) return undefined
  const { idempotencyKey, ...others } = options
  const events = given.map((event) => {
    if (typeof event !== 'object' || event === null) return event
    const id = event.id ?? keyOf(given.length === 1 ? options : others)
    return { ...event, id, organizationId: event.organizationId ?? organizationId }
  })
  return { path, headers: JSON_BODY, body: JSON.stringify({ events, backfill }) }
}

/** Sent in the body, because headers only carry Latin-1. */
const keyOf = ({ idempotencyKey, retries }: CallOptions): string | undefined =>
  idempotencyKey ?? (retries === 0 ? undefined : crypto.randomUUID())

/** Sends an invalid date unchanged, so that the server's error names the field. */
const textOf = (value: unknown): string =>
  value instanceof Date ? (value.toJSON() ?? String(value)) : String(value)
