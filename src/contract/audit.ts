import { z } from 'zod'
import { AUDIT_CATEGORIES } from '../core/audit.ts'
import type { AuditAnchor, AuditFault } from '../core/audit-chain.ts'
import type { CallOptions, OfOrganization } from './call.ts'
import { type PageRequest, type Pages, pageOf, pageRequestSchema } from './page.ts'
import { answered, sent } from './schema-names.ts'
import { instantSchema, organizationIdSchema, storableText } from './text.ts'

/** Acts that come in great numbers are sampled; each entry that is kept says so. */
const auditSamplingSchema = z.object({
  oneIn: z.number().int().describe('of so many acts of its kind one was kept when this one was'),
  passedOver: z.number().int().describe('acts of its kind that were not kept before this one'),
})

const auditResolutionSchema = z.object({
  sequence: z.number().int().describe('the entry that resolves this one'),
  note: z.string(),
  actor: z.string(),
  resolvedAt: z.iso.datetime(),
})

/** One entry of the audit log, as it was hashed, and what was said of it later. */
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
    via: z.string().optional().describe('who told of it, where the actor is said by somebody else'),
    address: z.string().nullable(),
    subject: z.string(),
    old: z.unknown().describe('what there was before; null: nothing'),
    new: z.unknown().describe('what there is after; null: nothing'),
    sampled: auditSamplingSchema.optional(),
    hash: z.string().describe('SHA-256 in hexadecimal; it commits to all entries before as well'),
    resolution: auditResolutionSchema.optional(),
  }),
)
export type AuditEvent = z.output<typeof auditEventSchema>

export const auditPageSchema = answered('AuditPage', pageOf(auditEventSchema))

/** Which entries are wanted. `from` is included, `to` is not. */
export const auditFilterSchema = z.strictObject({
  category: z.enum(AUDIT_CATEGORIES).optional(),
  action: storableText(128).optional(),
  actor: storableText(1_000).optional(),
  from: instantSchema.optional().describe('an instant; only what happened then or later'),
  to: instantSchema.optional().describe('an instant; only what happened before it'),
  resolved: z.boolean().optional().describe('only what has a resolution, or has none'),
  subject: storableText(1_000)
    .optional()
    .describe('what it was done to, as thing:id; with `*` at its end all that begins so'),
  text: storableText(255)
    .optional()
    .describe('a part of the entry as it was hashed, in any case; reads every entry of the log'),
})
export type AuditFilter = z.input<typeof auditFilterSchema>

export const auditListSchema = auditFilterSchema.extend(pageRequestSchema.shape)
export type AuditListInput = z.input<typeof auditListSchema>

export const auditResolveSchema = sent(
  'AuditResolve',
  z.strictObject({ note: storableText(10_000) }),
)
export type AuditResolveInput = z.input<typeof auditResolveSchema>

/** An act of the host application's own, such as a change of a knowledge base. */
export const auditActSchema = z.strictObject({
  category: z.enum(AUDIT_CATEGORIES),
  action: z
    .string()
    .max(128)
    .regex(/^[a-z][a-z0-9_]*(?:\.[a-z][a-z0-9_]*)*$/, 'must be like thing.done')
    .refine((action) => !action.startsWith('audit.'), 'must not start with "audit."'),
  subject: storableText(10_000).describe('what it was done to, as thing:id'),
  old: z.unknown().optional(),
  new: z.unknown().optional(),
})
export type AuditActInput = z.input<typeof auditActSchema>

const MAX_STATE_BYTES = 16_384
const MAX_STATE_DEPTH = 32

/** What is sent is bounded: an entry is read and hashed as a whole, and kept for years. */
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

/** An act that somebody else tells of: `actor` did it, and the caller says so. */
export const auditAppendSchema = sent(
  'AuditAppend',
  auditActSchema.extend({
    actor: storableText(1_000)
      .optional()
      .describe('who did it, as kind:id; not given: whoever calls'),
    old: stateSchema.describe('what there was before it, as JSON'),
    new: stateSchema.describe('what there is after it, as JSON'),
  }),
)
export type AuditAppendInput = z.input<typeof auditAppendSchema>

/** Where a chain ended when the anchor was taken; what else stands beside it is of no matter. */
export const auditAnchorSchema = z.object({
  organizationId: z.string().max(128),
  sequence: z.number().int().min(0),
  hash: z.string().regex(/^[0-9a-f]{64}$/),
  occurredAt: z.iso.datetime().optional().describe('when what the entry tells of happened'),
})

export const auditVerifySchema = sent(
  'AuditVerify',
  z.strictObject({
    organizationIds: z
      .array(organizationIdSchema.nullable())
      .min(1)
      .max(200)
      .optional()
      .describe("only these chains, `null` the platform's own; all if not given"),
  }),
)
export type AuditVerifyInput = z.input<typeof auditVerifySchema>

const auditFaultSchema = z.object({
  organizationId: z.string().nullable().describe("null: in the platform's own chain"),
  sequence: z.number().int().describe('of the first entry that is not as it should be'),
  fault: z.string().describe('what is wrong, in a word'),
  detail: z.string(),
})

/** A verification that was asked for, while it goes on and after it. */
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
      .describe('entries that were recomputed, of so many; null: none so far'),
    result: z
      .object({
        whole: z.boolean().describe('whether nothing was found'),
        chains: z.int(),
        entries: z.int(),
        faultsInAll: z.int(),
        faults: z.array(auditFaultSchema).describe('the first of each chain; 100 at most'),
        missingGuards: z.array(z.string()).describe('of the database, that keep the log as it is'),
        changedGuards: z.array(z.string()),
      })
      .nullable()
      .describe('null: it has not ended, or it failed'),
    error: z.string().nullable(),
  }),
)
export type AuditVerificationRun = z.output<typeof auditVerificationRunSchema>
export const auditVerificationPageSchema = answered(
  'AuditVerificationPage',
  pageOf(auditVerificationRunSchema),
)

export const auditHeadsRequestSchema = z.strictObject({
  organizationId: organizationIdSchema.optional().describe('only of its chain'),
  ...pageRequestSchema.shape,
})
export type AuditHeadsRequest = z.input<typeof auditHeadsRequestSchema>

const auditHeadSchema = z.object({
  organizationId: z.string().nullable().describe("null: the platform's own chain"),
  sequence: z.number().int().describe('of its last entry'),
  hash: z.string().describe('of its last entry, which commits to all before it'),
  occurredAt: z.iso.datetime().nullable(),
})
export type AuditHead = z.output<typeof auditHeadSchema>
export const auditHeadPageSchema = answered('AuditHeadPage', pageOf(auditHeadSchema))

/** What verifying found. Of each chain that is not whole, the first fault. */
export interface AuditVerification {
  readonly chains: number
  readonly entries: number
  /** Anchors that the chains agree with, and those from before where a chain starts. */
  readonly anchorsMatched: number
  readonly anchorsPassed: number
  readonly faults: readonly AuditFault[]
  /** Triggers, checks and columns that keep the log as it is, and are not there or not on. */
  readonly missingGuards: readonly string[]
  /**
   * Triggers, checks, columns and functions of the log, and row-level security of all tables, that
   * are not as the migrations made them; `unknown …` where something was added.
   */
  readonly changedGuards: readonly string[]
}

export interface AuditVerifyOptions {
  /** Only these chains; `null` is the platform's. Default: all. */
  readonly organizationIds?: readonly (string | null)[]
  readonly anchors?: readonly AuditAnchor[]
  readonly onProgress?: (entries: number, total: number) => void
  readonly signal?: AbortSignal
}

/** The moments in the life of a trial. */
export interface TrialAudit {
  created(organizationId: string, plan: string): Promise<void>
  upgraded(organizationId: string, from: string, to: string): Promise<void>
  expired(organizationId: string, plan: string): Promise<void>
}

/** The log of an organization, or of the platform itself. */
export interface AuditLog {
  /** A page of its entries, newest first. */
  list(input?: OfOrganization & AuditListInput, options?: CallOptions): Pages<AuditEvent>
  /** All that the filter lets through, newest first, read a page at a time as they are taken. */
  export(
    input?: OfOrganization & AuditFilter,
    options?: CallOptions,
  ): Promise<AsyncIterable<AuditEvent>>
  /**
   * Writes an act of the host application's own. Over HTTP it is for a service key with
   * `audit.write`, and for the administrator.
   */
  append(input: OfOrganization & AuditAppendInput, options?: CallOptions): Promise<AuditEvent>
  /** Says that an entry was dealt with, and how; the answer is the entry with that. */
  resolve(
    input: OfOrganization & { sequence: number } & AuditResolveInput,
    options?: CallOptions,
  ): Promise<AuditEvent>
  /** Begins to recompute the chains, in this process; the answer does not wait for its end. */
  verify(input?: AuditVerifyInput, options?: CallOptions): Promise<AuditVerificationRun>
  /** The verifications of the last 90 days, the latest first. */
  verifications(input?: PageRequest, options?: CallOptions): Pages<AuditVerificationRun>
  verification(
    input: { verificationId: string },
    options?: CallOptions,
  ): Promise<AuditVerificationRun>
  /** Where the chains end now: to be kept where nobody can write who can write to the database. */
  heads(input?: AuditHeadsRequest, options?: CallOptions): Pages<AuditHead>
  /** The platform's own log: catalogs, its keys, and what concerns no organization. */
  listPlatform(input?: AuditListInput, options?: CallOptions): Pages<AuditEvent>
  exportPlatform(input?: AuditFilter, options?: CallOptions): Promise<AsyncIterable<AuditEvent>>
  resolvePlatform(
    input: { sequence: number } & AuditResolveInput,
    options?: CallOptions,
  ): Promise<AuditEvent>
}

/** Writes to the log from the engine's own process. `null` means the platform's chain. */
export interface AuditAdmin {
  /** Writes an act of the host application's own. */
  append(
    organizationId: string | null,
    act: AuditActInput,
    options?: CallOptions,
  ): Promise<AuditEvent>
  /**
   * Queues an act that comes in great numbers, to be written with others within a second. Of each
   * action of an organization the first 20 a minute are kept, then every 100th, and each of those
   * says how many were passed over.
   */
  enqueue(organizationId: string | null, act: AuditActInput, options?: CallOptions): void
  /** Recomputes the chains, and compares them with anchors that were kept elsewhere. */
  verify(options?: AuditVerifyOptions): Promise<AuditVerification>
  /** Where every chain ends now: to be kept where nobody can write who can write to the database. */
  anchors(): AsyncIterable<AuditAnchor>
  readonly trial: TrialAudit
}

export type { AuditAnchor, AuditFault }
