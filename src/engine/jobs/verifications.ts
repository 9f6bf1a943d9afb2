import type { z } from 'zod'
import type {
  AuditHead,
  AuditVerificationRun,
  auditHeadsRequestSchema,
  auditVerifySchema,
} from '../../contract/audit.ts'
import type { CallOptions } from '../../contract/call.ts'
import { TollgateError } from '../../contract/errors.ts'
import type { PageRequest } from '../../contract/page.ts'
import { DEFAULT_PAGE_SIZE, noCursor, type Page, pageFrom } from '../../contract/page.ts'
import { PLATFORM_CHAIN } from '../../core/audit.ts'
import { chainHead, chainHeads } from '../../storage/tables/audit-chains.ts'
import { findJobRun, type JobRunRow, jobRuns } from '../../storage/tables/job-runs.ts'
import type { Context } from '../context.ts'
import { runNameOf, runOf } from './job-run.ts'
import { startRun } from './run-job.ts'
import { VERIFY_AUDIT, type VerificationAsked } from './shared-works.ts'

/** Starts a verification of these chains, or of all. */
export const startVerification = async (
  ctx: Context,
  { organizationIds }: z.output<typeof auditVerifySchema>,
  options: CallOptions = {},
): Promise<AuditVerificationRun> => {
  const asked: VerificationAsked | null = organizationIds ? { organizationIds } : null
  return verificationOf(ctx, await startRun(ctx, VERIFY_AUDIT, asked, options))
}

export const listVerifications = async (
  ctx: Context,
  { cursor, limit = DEFAULT_PAGE_SIZE }: PageRequest,
): Promise<Page<AuditVerificationRun>> => {
  const place = cursor === undefined ? undefined : runNameOf(cursor)
  if (cursor !== undefined && place?.job !== VERIFY_AUDIT) throw noCursor()
  const before = place && { at: place.scheduledFor, job: place.job }
  const rows = await jobRuns(ctx.db, { before, limit: limit + 1, job: VERIFY_AUDIT })
  return pageFrom(
    rows,
    limit,
    (row) => verificationOf(ctx, row),
    (row) => runOf(row, ctx.clock.now()).id,
  )
}

export const getVerification = async (
  ctx: Context,
  { verificationId }: { readonly verificationId: string },
): Promise<AuditVerificationRun> => {
  const name = runNameOf(verificationId)
  const row = name?.job === VERIFY_AUDIT ? await findJobRun(ctx.db, name) : undefined
  if (!row) throw new TollgateError('not_found', { detail: 'there is no such verification' })
  return verificationOf(ctx, row)
}

/** A run of the job, with its input and findings in the form of `shared-works`. */
const verificationOf = ({ clock }: Context, row: JobRunRow): AuditVerificationRun => {
  const { id, outcome, requestedBy, startedAt, finishedAt, progress, report, error } = runOf(
    row,
    clock.now(),
  )
  return {
    id,
    outcome,
    requestedBy,
    startedAt,
    finishedAt,
    error,
    organizationIds:
      (row.asked as { organizationIds: (string | null)[] } | null)?.organizationIds ?? null,
    progress: progress as AuditVerificationRun['progress'],
    result: report as AuditVerificationRun['result'],
  }
}

/** The heads of the chains, by organization; the platform's own first. */
export const listHeads = async (
  ctx: Context,
  { organizationId, cursor, limit = DEFAULT_PAGE_SIZE }: z.output<typeof auditHeadsRequestSchema>,
): Promise<Page<AuditHead>> => {
  await ctx.auditQueue.flush()
  const rows =
    organizationId === undefined
      ? await chainHeads(ctx.db, { after: cursor && placeOf(cursor), limit: limit + 1 })
      : await chainHead(ctx.db, organizationId)
  return pageFrom(
    rows,
    limit,
    ({ occurredAt = null, ...head }): AuditHead => ({
      sequence: head.sequence,
      hash: head.hash,
      occurredAt,
      organizationId: head.organizationId === PLATFORM_CHAIN ? null : head.organizationId,
    }),
    ({ organizationId: id }) => `chain:${id}`,
  )
}

/** The platform's chain has an empty id, and a cursor is never empty. */
const placeOf = (cursor: string): string => {
  if (cursor.startsWith('chain:')) return cursor.slice('chain:'.length)
  throw noCursor()
}
