import type { Role } from '../../core/rights.ts'
import type { Queryable } from '../database.ts'

export interface MemberRow {
  readonly organization_id: string
  readonly user_id: string
  readonly role: Role
  readonly name: string | null
  readonly created_at: Date
}

const COLUMNS = 'organization_id, user_id, role, name, created_at'

export const findMember = async (
  db: Queryable,
  organizationId: string,
  userId: string,
): Promise<MemberRow | undefined> => {
  const rows = await db.query<MemberRow>(
    `select ${COLUMNS} from tollgate.members where organization_id = $1 and user_id = $2`,
    [organizationId, userId],
  )
  return rows[0]
}

/** A page of members after a given one, in the order of ids. */
export const listMembers = (
  db: Queryable,
  organizationId: string,
  page: { after: string | undefined; limit: number },
): Promise<MemberRow[]> =>
  db.query(
    `select ${COLUMNS} from tollgate.members
     where organization_id = $1 and user_id > $2 order by user_id limit $3`,
    [organizationId, page.after ?? '', page.limit],
  )

/** The organizations that a user belongs to. */
export const membershipsOf = (
  db: Queryable,
  userId: string,
  limit: number,
): Promise<Pick<MemberRow, 'organization_id' | 'role'>[]> =>
  db.query(
    `select organization_id, role from tollgate.members
     where user_id = $1 order by organization_id limit $2`,
    [userId, limit],
  )

/** Returns false if the user is a member already. */
export const insertMember = async (tx: Queryable, row: MemberRow): Promise<boolean> => {
  const rows = await tx.query(
    `insert into tollgate.members (${COLUMNS}) values ($1, $2, $3, $4, $5)
     on conflict (organization_id, user_id) do nothing returning user_id`,
    [row.organization_id, row.user_id, row.role, row.name, row.created_at],
  )
  return rows.length === 1
}

export const updateMember = async (
  tx: Queryable,
  row: Pick<MemberRow, 'organization_id' | 'user_id' | 'role' | 'name'>,
): Promise<void> => {
  await tx.query(
    `update tollgate.members set role = $3, name = $4
     where organization_id = $1 and user_id = $2`,
    [row.organization_id, row.user_id, row.role, row.name],
  )
}

export const deleteMember = async (
  tx: Queryable,
  organizationId: string,
  userId: string,
): Promise<void> => {
  await tx.query('delete from tollgate.members where organization_id = $1 and user_id = $2', [
    organizationId,
    userId,
  ])
}

export const hasOtherOwner = async (
  tx: Queryable,
  organizationId: string,
  userId: string,
): Promise<boolean> => {
  const rows = await tx.query(
    `select 1 from tollgate.members
     where organization_id = $1 and role = 'owner' and user_id <> $2 limit 1`,
    [organizationId, userId],
  )
  return rows.length > 0
}
