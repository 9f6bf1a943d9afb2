import { z } from 'zod'
import { AUDIT_CATEGORIES } from '../core/audit.ts'
import type { AuditAnchor, AuditFault } from '../core/audit-chain.ts'
import type { CallOptions, OfOrganization } from './call.ts'
import { type PageRequest, type Pages, pageOf, pageRequestSchema } from './page.ts'
import { answered, sent } from './schema-names.ts'
import { instantSchema, organizationIdSchema, storableText } from './text.ts'

/** Frequent acts are sampled. Each logged entry says how. */
const auditSamplingSchema = z.object({
  oneIn: z
    .number()
    .int()
    .describe('the sampling rate: one of so many acts of this kind was logged'),
  passedOver: z
    .number()
    .int()
    .describe('the number of acts of this kind that were skipped before this one'),
})

const auditResolutionSchema = z.object({
  sequence: z.number().int().describe('the sequence of the entry that resolves this one'),
  note: z.string(),
  actor: z.string(),
  resolvedAt: z.iso.datetime(),
})

/** One entry of the audit log as it was hashed, and its later resolution. */
export const auditEventSchema = answered(
  'AuditEvent',
  z.object({
    id: z.string().describe('organization:sequence'),
    organizationId: z.string().nullable().describe("null: in the platform's own chain"),
    sequence: z.number().int(),
    occurredAt: z.iso.datetime(),
    category: z.enum(AUDIT_CATEGORIES),
    action: z.string(),
    actor: z.string(),
    via: z.string().optional().describe('who reported the act, if not the actor'),
    address: z.string().nullable(),
    subject: z.string(),
    old: z.unknown().describe('the state before the act; null: none'),
    new: z.unknown().describe('the state after the act; null: none'),
    sampled: auditSamplingSchema.optional(),
    hash: z.string().describe('SHA-256 in hexadecimal; it also commits to all earlier entries'),
    resolution: auditResolutionSchema.optional(),
  }),
)
export type AuditEvent = z.output<typeof auditEventSchema>

export const auditPageSchema = answered('AuditPage', pageOf(auditEventSchema))

/** Selects entries. `from` is inclusive, `to` exclusive. */
export const auditFilterSchema = z.strictObject({
  category: z.enum(AUDIT_CATEGORIES).optional(),
  action: storableText(128).optional(),
  actor: storableText(1_000).optional(),
  from: instantSchema.optional().describe('an instant; only entries at or after it'),
  to: instantSchema.optional().describe('an instant; only entries before it'),
  resolved: z
    .boolean()
    .optional()
    .describe('true: only resolved entries; false: only unresolved ones'),
  subject: storableText(1_000)
    .optional()
    .describe(
      'the object of the act, as thing:id; a `*` at the end matches any ending. Read like `text`',
    ),
  text: storableText(255)
    .optional()
    .describe(
      'part of the entry as it was hashed, case-insensitive. A page reads at most 50,000 entries ' +
        'that match the other filters. It may have few items or none, and still a `nextCursor`',
    ),
})
export type AuditFilter = z.input<typeof auditFilterSchema>

export const auditListSchema = auditFilterSchema.extend(pageRequestSchema.shape)
export type AuditListInput = z.input<typeof auditListSchema>

export const auditResolveSchema = sent(
  'AuditResolve',
  z.strictObject({ note: storableText(10_000) }),
)
export type AuditResolveInput = z.input<typeof auditResolveSchema>

/** An act of the host application itself, such as a change of a knowledge base. */
export const auditActSchema = z.strictObject({
  category: z.enum(AUDIT_CATEGORIES),
  action: z
    .string()
    .max(128)
    .regex(/^[a-z][a-z0-9_]*(?:\.[a-z][a-z0-9_]*)*$/, 'must be like thing.done')
    .refine((action) => !action.startsWith('audit.'), 'must not start with "audit."'),
  subject: storableText(10_000).describe('the object of the act, as thing:id'),
  old: z.unknown().optional(),
  new: z.unknown().optional(),
})
export type AuditActInput = z.input<typeof auditActSchema>

const MAX_STATE_BYTES = 16_384
const MAX_STATE_DEPTH = 32

/** Bounds the size, because an entry is read and hashed as a whole and stored for years. */
const stateSchema = z
  .unknown()
  .refine((state) => isNestedAtMost(MAX_STATE_DEPTH, state), {
    error: `must be nested at most ${MAX_STATE_DEPTH} deep`,
    abort: true,
  })
  .refine((state) => (JSON.stringify(state) ?? '').length <= MAX_STATE_BYTES, {
    error: `must be at most ${MAX_STATE_BYTES} bytes of JSON`,
  })
  .optional()

const isNestedAtMost = (depth: number, value: unknown): boolean =>
  typeof value !== 'object' ||
  value === null ||
  (depth > 0 && Object.values(value).every((inner) => isNestedAtMost(depth - 1, inner)))

/** An act that the caller reports: `actor` performed it. */
export const auditAppendSchema = sent(
  'AuditAppend',
  auditActSchema.extend({
    actor: storableText(1_000).optional().describe('who acted, as kind:id; default: the caller'),
    old: stateSchema.describe('the state before the act, as JSON'),
    new: stateSchema.describe('the state after the act, as JSON'),
  }),
)
export type AuditAppendInput = z.input<typeof auditAppendSchema>

/** The end of a chain when the anchor was taken. Other fields beside these are ignored. */
export const auditAnchorSchema = z.object({
  organizationId: z.string().max(128),
  sequence: z.number().int().min(0),
  hash: z.string().regex(/^[0-9a-f]{64}$/),
  occurredAt: z.iso.datetime().optional().describe('when the act of that entry happened'),
})

export const auditVerifySchema = sent(
  'AuditVerify',
  z.strictObject({
    organizationIds: z
      .array(organizationIdSchema.nullable())
      .min(1)
      .max(200)
      .optional()
      .describe("only these chains, `null` for the platform's own; default: all"),
  }),
)
export type AuditVerifyInput = z.input<typeof auditVerifySchema>

const auditFaultSchema = z.object({
  organizationId: z.string().nullable().describe("null: in the platform's own chain"),
  sequence: z.number().int().describe('the sequence of the first faulty entry'),
  fault: z.string().describe('the kind of the fault'),
  detail: z.string(),
})

/** A verification that was requested, while it runs and afterwards. */
export const auditVerificationRunSchema = answered(
  'AuditVerificationRun',
  z.object({
    id: z.string(),
    outcome: z.enum(['running', 'lost', 'done', 'failed', 'skipped']),
    organizationIds: z.array(z.string().nullable()).nullable().describe('null: all chains'),
    requestedBy: z.string().nullable(),
    startedAt: z.iso.datetime(),
    finishedAt: z.iso.datetime().nullable(),
    progress: z
      .object({ entries: z.int(), total: z.int() })
      .nullable()
      .describe('the number of entries checked so far, and of all; null: none so far'),
    result: z
      .object({
        whole: z.boolean().describe('true: no fault was found'),
        chains: z.int(),
        entries: z.int(),
        faultsInAll: z.int(),
        faults: z.array(auditFaultSchema).describe('the first fault of each chain; at most 100'),
        missingGuards: z
          .array(z.string())
          .describe('database objects that protect the log and are absent'),
        changedGuards: z.array(z.string()),
      })
      .nullable()
      .describe('null: not finished, or failed'),
    error: z.string().nullable(),
  }),
)
export type AuditVerificationRun = z.output<typeof auditVerificationRunSchema>
export const auditVerificationPageSchema = answered(
  'AuditVerificationPage',
  pageOf(auditVerificationRunSchema),
)

export const auditHeadsRequestSchema = z.strictObject({
  organizationId: organizationIdSchema.optional().describe("only this organization's chain"),
  ...pageRequestSchema.shape,
})
export type AuditHeadsRequest = z.input<typeof auditHeadsRequestSchema>

const auditHeadSchema = z.object({
  organizationId: z.string().nullable().describe("null: the platform's own chain"),
  sequence: z.number().int().describe('the sequence of the last entry'),
  hash: z.string().describe('the hash of the last entry, which commits to all earlier ones'),
  occurredAt: z.iso.datetime().nullable(),
})
export type AuditHead = z.output<typeof auditHeadSchema>
export const auditHeadPageSchema = answered('AuditHeadPage', pageOf(auditHeadSchema))

/** The result of a verification, with the first fault of each chain. */
export interface AuditVerification {
  readonly chains: number
  readonly entries: number
  /**
   * `anchorsMatched`: anchors that agree. `anchorsPassed`: anchors older than the chain's start.
   */
  readonly anchorsMatched: number
  readonly anchorsPassed: number
  readonly faults: readonly AuditFault[]
  /** Triggers, checks and columns that protect the log and are absent or disabled. */
  readonly missingGuards: readonly string[]
  /**
   * Triggers, checks, columns and functions of the log, and row-level security of any table, that
   * differ from the migrations. `unknown …` names an addition.
   */
  readonly changedGuards: readonly string[]
}

export interface AuditVerifyOptions {
  /** Checks only these chains; `null` is the platform's. Default: all. */
  readonly organizationIds?: readonly (string | null)[]
  readonly anchors?: readonly AuditAnchor[]
  readonly onProgress?: (entries: number, total: number) => void
  readonly signal?: AbortSignal
}

/** Records the events of a trial. */
export interface TrialAudit {
  created(organizationId: string, plan: string): Promise<void>
  upgraded(organizationId: string, from: string, to: string): Promise<void>
  expired(organizationId: string, plan: string): Promise<void>
}

/** The audit log of an organization, or of the platform. */
export interface AuditLog {
  /** Lists entries, newest first. */
  list(input?: OfOrganization & AuditListInput, options?: CallOptions): Pages<AuditEvent>
  /** Streams all matching entries, newest first. Reads one page at a time, on demand. */
  export(
    input?: OfOrganization & AuditFilter,
    options?: CallOptions,
  ): Promise<AsyncIterable<AuditEvent>>
  /**
   * Writes an act of the host application. Over HTTP, only the administrator and service keys with
   * `audit.write` may do so.
   */
  append(input: OfOrganization & AuditAppendInput, options?: CallOptions): Promise<AuditEvent>
  /** Marks an entry as resolved, with a note, and returns it. */
  resolve(
    input: OfOrganization & { sequence: number } & AuditResolveInput,
    options?: CallOptions,
  ): Promise<AuditEvent>
  /** Starts a verification in this process and returns at once. */
  verify(input?: AuditVerifyInput, options?: CallOptions): Promise<AuditVerificationRun>
  /** Lists the verifications of the last 90 days, latest first. */
  verifications(input?: PageRequest, options?: CallOptions): Pages<AuditVerificationRun>
  verification(
    input: { verificationId: string },
    options?: CallOptions,
  ): Promise<AuditVerificationRun>
  /**
   * Lists the current ends of the chains. Store them where nobody with access to the database can
   * write.
   */
  heads(input?: AuditHeadsRequest, options?: CallOptions): Pages<AuditHead>
  /** Lists the platform's own log: catalogs, keys, and acts that concern no organization. */
  listPlatform(input?: AuditListInput, options?: CallOptions): Pages<AuditEvent>
  exportPlatform(input?: AuditFilter, options?: CallOptions): Promise<AsyncIterable<AuditEvent>>
  resolvePlatform(
    input: { sequence: number } & AuditResolveInput,
    options?: CallOptions,
  ): Promise<AuditEvent>
}

/** Writes to the log from the engine's process. `null` means the platform's chain. */
export interface AuditAdmin {
  /** Writes an act of the host application. */
  append(
    organizationId: string | null,
    act: AuditActInput,
    options?: CallOptions,
  ): Promise<AuditEvent>
  /**
   * Queues a frequent act; it is written within a second, in a batch. Per organization and action,
   * the first 20 a minute are logged, then every 100th. Each of those says how many were skipped.
   */
  enqueue(organizationId: string | null, act: AuditActInput, options?: CallOptions): void
  /** Recomputes the chains and compares them with anchors that were stored elsewhere. */
  verify(options?: AuditVerifyOptions): Promise<AuditVerification>
  /**
   * Iterates over the current ends of all chains. Store them where nobody with access to the
   * database can write.
   */
  anchors(): AsyncIterable<AuditAnchor>
  readonly trial: TrialAudit
}

export type { AuditAnchor, AuditFault }
