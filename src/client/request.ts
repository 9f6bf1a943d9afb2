import type { CallOptions } from '../contract/call.ts'
import { invalid } from '../contract/errors.ts'
import type { WireOperation } from './wire-operation.ts'

/** One request. The body is text, so that every attempt sends the same bytes. */
export interface SentRequest {
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | undefined
}

type Fields = Record<string, unknown>

/** Builds the request of a call; `undefined` when there is nothing to send. */
export const requestOf = (
  operation: WireOperation,
  input: unknown,
  options: CallOptions,
  organizationId: string | undefined,
): SentRequest | undefined => {
  if (operation.of === 'each') return batchOf(operation, input, options, organizationId)
  const fields: Fields = { ...(input as Fields) }
  if (operation.of !== undefined) fields.organizationId ??= organizationId
  if (operation.repeat === 'keyed') fields.id ??= keyOf(options)
  const headers: Record<string, string> = {}
  const [field = '', name = ''] = operation.header?.split(':') ?? []
  if (typeof fields[field] === 'string') headers[name] = fields[field]
  if (field !== '') delete fields[field]
  const path = operation.path.replaceAll(/\{(\w+)\}/g, (_, param: string) => {
    const value = fields[param]
    if (value === undefined) throw invalid({ field: param, message: 'is required' })
    delete fields[param]
    return encodeURIComponent(String(value))
  })
  if (operation.form === 'raw')
    return { path, headers: { ...headers, ...JSON_BODY }, body: String(fields.body) }
  const inQuery = operation.hasBody ? taken(fields, operation.query?.split(',') ?? []) : fields
  if (operation.form === 'lines') inQuery.format = 'jsonl'
  return {
    path: path + queryText(inQuery),
    headers: operation.hasBody ? { ...headers, ...JSON_BODY } : headers,
    body: operation.hasBody ? JSON.stringify(fields) : undefined,
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
  const given = (Array.isArray(input) ? input : [input]) as readonly Fields[]
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

const taken = (fields: Fields, names: readonly string[]): Fields => {
  const part: Fields = {}
  for (const name of names) {
    part[name] = fields[name]
    delete fields[name]
  }
  return part
}

const queryText = (fields: Fields): string => {
  const given = Object.entries(fields).flatMap(([name, value]) =>
    value === undefined || value === null ? [] : [[name, textOf(value)] as [string, string]],
  )
  return given.length > 0 ? `?${new URLSearchParams(given)}` : ''
}

/** Sends an invalid date unchanged, so that the server's error names the field. */
const textOf = (value: unknown): string =>
  value instanceof Date ? value.toISOString() : String(value)
