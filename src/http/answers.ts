import type { AuditEvent } from '../contract/audit.ts'
import type { Decision, DecisionReason, RecordResult } from '../contract/decision.ts'
import { invalid, TollgateError } from '../contract/errors.ts'
import type { Customer } from '../contract/operator-reports.ts'
import type { Principal } from '../contract/tenancy.ts'
import type { HistoryEvent } from '../contract/usage-history.ts'
import { ON_FAILURE_HEADER, rateLimitHeaders } from '../core/rate-limit-headers.ts'
import { hasRight } from '../engine/access.ts'
import type { AdmittedCall, InputSource } from '../engine/entry.ts'
import type { Ingest } from '../engine/ledger/own-events.ts'
import type { Plumbing } from '../engine/plumbing.ts'
import { etagOf } from '../engine/reports/etag.ts'
import { operationNamed } from '../operations/index.ts'
import type { Form, Operation, OperationName } from '../operations/operation.ts'
import { AUDIT_COLUMNS } from './audit-columns.ts'
import { CUSTOMER_COLUMNS } from './customer-columns.ts'
import { eventStreamReply } from './event-stream.ts'
import type { ExportSlots } from './export-slots.ts'
import { FILE_FORMATS, type FileColumn, type FileFormat, fileReply } from './file-reply.ts'
import { HISTORY_COLUMNS } from './history-export.ts'
import { singleRefusal } from './ingest.ts'
import type { Problem } from './problem.ts'

const JSON_TYPE = 'application/json'

/**
 * A text answer before it becomes a `Response`. The handler adds headers first, because changing
 * those of a `Response` costs more than creating it.
 */
export interface Reply {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** Not by `instanceof Response`, because a host may have several. */
export const isReply = (answer: Reply | Response): answer is Reply =>
  !(answer.headers instanceof Headers)

/** The parts from which an answer is made. */
export interface Answering {
  readonly operation: Operation
  readonly plumbing: Plumbing
  readonly request: Request
  readonly caller: Principal | undefined
  readonly source: InputSource
  /** Admits the call, or throws the reason against it. */
  readonly admit: (operation: Operation, source: InputSource) => Promise<AdmittedCall>
  /** Checks whether the caller would still be admitted now. For answers that take long. */
  readonly mayGoOn: (operation: Operation, organizationId: string) => Promise<boolean>
  readonly now: () => Date
  readonly exports: ExportSlots
  /** Where the handler is mounted; empty at the root. */
  readonly basePath: string
  readonly problem: (
    error: TollgateError,
    extensions?: Pick<Problem, 'reason' | 'decision'>,
  ) => Response
}

type Answer = Reply | Response
type Write = (answering: Answering) => Promise<Answer>

/** Builds a JSON answer. */
export const json = (
  value: unknown,
  status = 200,
  headers: Readonly<Record<string, string>> = {},
): Reply => ({
  status,
  headers: { 'content-type': JSON_TYPE, ...headers },
  body: JSON.stringify(value),
})

const plainJson: Write = async ({ operation, source, admit, basePath }) => {
  const { http } = operation
  const value = await (await admit(operation, source)).run()
  const body = http.wrap === undefined ? value : { [http.wrap]: value }
  return json(body, http.status, locationOf(http.location, value, basePath))
}

/** Builds the header `Location` from a template such as `/api/organizations/{id}`. */
const locationOf = (
  template: string | undefined,
  value: unknown,
  basePath: string,
): Record<string, string> => {
  if (template === undefined) return {}
  const location = template.replaceAll(/\{(\w+)\}/g, (_, field: string) =>
    encodeURIComponent(String((value as Record<string, unknown>)[field])),
  )
  return { location: basePath + location }
}

/** Marks a repeated first result by a header. The body is the same. */
const replayable: Write = async ({ operation, source, admit }) => {
  const value = await (await admit(operation, source)).run()
  const { replayed, ...body } = value as { readonly replayed: boolean }
  return json(body, operation.http.status, replayHeaders(replayed))
}

const replayHeaders = (replayed: boolean): Readonly<Record<string, string>> =>
  replayed ? { 'idempotency-replayed': 'true' } : {}

const decision: Write = async ({ operation, plumbing, caller, source, admit, now, problem }) => {
  const call = await admit(operation, source)
  const value = (await call.run()) as Decision & { readonly replayed?: boolean }
  const answer = decisionAnswer(value, { now, problem })
  const tellsPolicy = TELLS_POLICY.has(operation.name) && value.allowed
  if (!tellsPolicy || value.degraded || value.replayed || !isReply(answer)) return answer
  // A client that may not record could not report later what it allowed, so its policy is always
  // `closed`.
  const policy = hasRight(caller ?? ANYONE, call.options.role, 'usage.record')
    ? plumbing.onFailure(
        String(call.input.organizationId),
        String(call.input.eventType),
        value.limits,
      )
    : 'closed'
  if (policy === undefined) return answer
  return { ...answer, headers: { ...answer.headers, [ON_FAILURE_HEADER]: policy } }
}

/** The calls that a client may decide by itself while Tollgate is unreachable. */
const TELLS_POLICY = new Set<string>(['track', 'reserve'] satisfies OperationName[])

const ANYONE = { kind: 'anyone', actor: 'anyone' } as const

/**
 * Answers a decision: 200, even for a refusal, with rate limit headers. A replayed decision has no
 * such headers, because they would be outdated. If the call names something unusable, the answer is
 * a problem that names the field and contains the decision.
 */
export const decisionAnswer = (
  value: Decision & { readonly replayed?: boolean },
  { now, problem }: Pick<Answering, 'now' | 'problem'>,
): Answer => {
  if (value.allowed) return decided(value, now)
  // A failure, not a refusal; a closed limit makes it one. The client may retry.
  if (value.reason === 'unavailable') {
    const error = new TollgateError('unavailable')
    return problem(error, { reason: value.reason, decision: withoutReplayed(value) })
  }
  const unusable = UNUSABLE[value.reason]
  if (!unusable) return decided(value, now)
  const detail = `${unusable.field}: ${unusable.message}`
  const error = new TollgateError('unprocessable', { detail, faults: [unusable] })
  return problem(error, { reason: value.reason, decision: withoutReplayed(value) })
}

const decided = (value: Decision & { readonly replayed?: boolean }, now: () => Date): Reply => {
  const stands = value.replayed ? replayHeaders(true) : rateLimitHeaders(value, now().getTime())
  return {
    status: 200,
    headers: { ...stands, 'content-type': JSON_TYPE },
    body: JSON.stringify(withoutReplayed(value)),
  }
}

/** Drops `replayed`, which is a header over HTTP. A leased decision serializes without it. */
const withoutReplayed = (
  value: Decision & { readonly replayed?: boolean },
): Record<string, unknown> => {
  if ('toJSON' in value) return value as unknown as Record<string, unknown>
  const { replayed: _, ...body } = value
  return body
}

const UNUSABLE: Partial<Record<DecisionReason, { field: string; message: string }>> = {
  unknown_organization: { field: 'organizationId', message: 'there is no such organization' },
  closed_organization: { field: 'organizationId', message: 'this organization is closed' },
  unknown_event_type: { field: 'eventType', message: 'there is no such event type' },
  inactive_event_type: { field: 'eventType', message: 'this event type is not active' },
}

/** A single event that is refused gets a problem. */
const ingest: Write = async ({ operation, source, admit }) => {
  let isSingle = false
  const watched: InputSource = {
    read: async () => {
      const read = (await source.read()) as Ingest
      isSingle = read.single
      return read
    },
  }
  const result = (await (await admit(operation, watched)).run()) as RecordResult
  if (isSingle && result.rejected.length > 0) throw singleRefusal(result.rejected)
  return json(result)
}

/**
 * An answer that is not sent if the client has it already. The ETag of a cached answer is compared
 * first, which reads the revision and computes nothing.
 */
const etag: Write = async ({ operation, source, admit, plumbing, request }) => {
  const { input, run } = await admit(operation, source)
  const known = request.headers.get('if-none-match')
  const cached = known === null ? undefined : await plumbing.cachedEtag(operation.name, input)
  if (cached !== undefined && isKnown(known, weakly(cached))) return notModified(cached)
  const made = (await run()) as object
  const tag = etagOf(made)
  return isKnown(known, weakly(tag)) ? notModified(tag) : json(made, 200, headersOf(tag))
}

const notModified = (tag: string): Response =>
  new Response(null, { status: 304, headers: headersOf(tag) })

/** Only for this caller, who must ask each time. */
const headersOf = (tag: string): Readonly<Record<string, string>> => ({
  etag: weakly(tag),
  'cache-control': 'private, no-cache',
  vary: 'authorization, cookie',
})

const weakly = (tag: string): string => `W/"${tag}"`

/** Compares weakly (RFC 9110, 8.8.3.2): `W/` is ignored. */
const isKnown = (header: string | null, tag: string): boolean => {
  if (header === null) return false
  if (header.trim() === '*') return true
  const opaque = (one: string) => one.trim().replace(/^W\//, '')
  return header.split(',').some((one) => opaque(one) === opaque(tag))
}

/** Answers with a page, or with `format` all matching items as a file. */
const page: Write = async (answering) => {
  const { operation, source, admit, exports } = answering
  const { searchParams } = new URL(answering.request.url)
  const format = searchParams.get('format')
  const bom = searchParams.get('bom')
  if (bom !== null && (format !== 'csv' || (bom !== 'true' && bom !== 'false'))) {
    throw invalid({ field: 'bom', message: 'must be true or false, and needs format=csv' })
  }
  if (format === null) return plainJson(answering)
  const exported = operationNamed[operation.http.file as OperationName]
  const call = await admit(exported, source)
  if (!FILE_FORMATS.some((one) => one === format)) {
    throw invalid({ field: 'format', message: `must be one of ${FILE_FORMATS.join(', ')}` })
  }
  const { columns, name } = FILES[exported.name] as File
  const of = String(call.input.organizationId ?? 'platform')
  const file = { format: format as FileFormat, name: `${name}-${of}`, bom: bom === 'true' }
  const reply = (items: AsyncIterable<never>, release: () => void) =>
    fileReply(items, columns, file, release)
  // A HEAD needs no body.
  if (answering.request.method === 'HEAD') return reply(NOTHING, () => {})
  const release = exports.take(of)
  try {
    return reply((await call.run()) as AsyncIterable<never>, release)
  } catch (error) {
    release()
    throw error
  }
}

const NOTHING: AsyncIterable<never> = { async *[Symbol.asyncIterator]() {} }

interface File {
  readonly columns: readonly FileColumn<never>[]
  readonly name: string
}

const auditFile = {
  columns: AUDIT_COLUMNS satisfies readonly FileColumn<AuditEvent>[],
  name: 'audit',
}
const FILES: Readonly<Record<string, File>> = {
  'usage.export': {
    columns: HISTORY_COLUMNS satisfies readonly FileColumn<HistoryEvent>[],
    name: 'usage',
  },
  'analytics.exportCustomers': {
    columns: CUSTOMER_COLUMNS satisfies readonly FileColumn<Customer>[],
    name: 'customers',
  },
  'audit.export': auditFile,
  'audit.exportPlatform': auditFile,
}

const events: Write = async ({ operation, source, admit, mayGoOn, plumbing }) => {
  const { input } = await admit(operation, source)
  const { organizationId, after } = input as { organizationId: string; after?: string }
  return eventStreamReply(
    await plumbing.liveWithBeats({
      organizationId,
      after,
      mayGoOn: () => mayGoOn(operation, organizationId),
    }),
  )
}

/** The writer of each form of answer. */
export const WRITERS: Readonly<Record<Exclude<Form, 'lines'>, Write>> = {
  json: plainJson,
  raw: plainJson,
  decision,
  replayable,
  ingest,
  etag,
  file: page,
  events,
}
