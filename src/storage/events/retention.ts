import type { Queryable } from '../database.ts'

export const ensurePartitions = async (db: Queryable, from: Date, to: Date): Promise<void> => {
  await db.query('select tollgate.ensure_partitions($1::timestamptz, $2::timestamptz)', [
    from.toISOString(),
    to.toISOString(),
  ])
}

/**
 * Applies retention with one transaction for each step. Waiting for one table's lock while holding
 * another's could deadlock with a writer.
 */
export const cleanupEvents = async (
  db: Queryable,
  keep: { eventsDays: number; idsDays: number },
  at: Date,
): Promise<{ droppedPartitions: number; forgottenIds: bigint }> => {
  const idsFrom = 'tollgate.ids_kept_from(make_interval(days => $1), $2)'
  const ids = [keep.idsDays, at.toISOString()]
  const dropped = await db.query<{ count: number }>(
    `select tollgate.drop_partitions('decisions', ${idsFrom}) as count`,
    ids,
  )
  dropped.push(
    ...(await db.query<{ count: number }>(
      `select tollgate.drop_partitions(
         'events', tollgate.kept_from(make_interval(days => $1), $2)) as count`,
      [keep.eventsDays, at.toISOString()],
    )),
  )
  const forgotten = await db.query<{ forgotten_ids: bigint }>(
    `select tollgate.forget_old(${idsFrom}, $2) as forgotten_ids`,
    ids,
  )
  return {
    droppedPartitions: dropped.reduce((sum, { count }) => sum + count, 0),
    forgottenIds: forgotten[0]?.forgotten_ids ?? 0n,
  }
}
