import { type DueClosingRow, settledEndings } from '../../storage/tables/invoices.ts'
import type { Context } from '../context.ts'
import { carriedOver } from './carried-over.ts'
import { type Closing, dueNow } from './close-together.ts'
import { REACH_MS } from './late-use.ts'

/**
 * Corrections of organizations that are closed or have ended: late use, reversals and credit notes.
 * They have no next period that would bill them. So the last period that is over gets an invoice
 * with nothing else, and only if there is a correction.
 *
 * A credit that their last invoice carries forward is no correction: the next one begins with it.
 */
export const closingOfEnded = (ctx: Pick<Context, 'clock' | 'billing'>): Closing => ({
  due: (db, organizationIds) => settledEndings(db, dueNow(ctx), REACH_MS, { organizationIds }),
  isBilled: ({ lines, creditNoteIds }) => isCorrected({ lines, noteIds: creditNoteIds }),
})

/** A page of those with a correction to bill, and the id from which the next page goes on. */
export const endedWithCorrections = async (
  ctx: Context,
  page: { readonly after: string; readonly limit: number },
  batchesOf: (rows: readonly DueClosingRow[]) => readonly DueClosingRow[][],
): Promise<{ readonly due: readonly DueClosingRow[]; readonly last: string | undefined }> => {
  const rows = await settledEndings(ctx.db, dueNow(ctx), REACH_MS, page)
  const due: DueClosingRow[] = []
  for (const batch of batchesOf(rows)) due.push(...(await correctedOf(ctx, batch)))
  return { due, last: rows.at(-1)?.id }
}

/**
 * Those of a batch with a correction. If one of them cannot be read, it returns the whole batch:
 * closing then tries each alone, so that only the failing one is reported.
 */
const correctedOf = async (
  ctx: Context,
  batch: readonly DueClosingRow[],
): Promise<readonly DueClosingRow[]> => {
  // Periods that end together may begin on different days: on the 28th and on the 31st.
  const lastStartMs = Math.max(...batch.map(({ period_start }) => period_start.getTime()))
  const ids = batch.map(({ id }) => id)
  try {
    const carried = await carriedOver(ctx.db, ids, new Date(lastStartMs))
    return batch.filter(({ id }) => isCorrected(carried(id)))
  } catch (error) {
    ctx.log.error({ organizationIds: ids, error }, 'corrections could not be read together')
    return batch
  }
}

const isCorrected = ({
  lines,
  noteIds,
}: {
  readonly lines: readonly { readonly kind: string }[]
  readonly noteIds: readonly string[]
}): boolean => noteIds.length > 0 || lines.some(({ kind }) => kind === 'adjustment')
