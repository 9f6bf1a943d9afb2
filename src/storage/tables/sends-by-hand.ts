import type { Queryable } from '../database.ts'

/** The latest sends by hand of an owner since an instant. Those before it are deleted. */
export const sendsByHand = async (
  tx: Queryable,
  organizationId: string,
  { since, limit }: { readonly since: Date; readonly limit: number },
): Promise<{ readonly recipientId: string; readonly at: Date }[]> => {
  await tx.query(
    'delete from tollgate.sends_by_hand where organization_id = $1 and sent_at <= $2',
    [organizationId, since],
  )
  const rows = await tx.query<{ endpoint_id: string; sent_at: Date }>(
    `select endpoint_id, sent_at from tollgate.sends_by_hand
     where organization_id = $1 order by sent_at desc limit $2`,
    [organizationId, limit],
  )
  return rows.map(({ endpoint_id: recipientId, sent_at: at }) => ({ recipientId, at }))
}

export const writeSendByHand = async (
  tx: Queryable,
  organizationId: string,
  endpointId: string,
  at: Date,
): Promise<void> => {
  await tx.query(
    `insert into tollgate.sends_by_hand (organization_id, endpoint_id, sent_at)
     values ($1, $2, $3)`,
    [organizationId, endpointId, at],
  )
}
