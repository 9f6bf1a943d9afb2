import type { z } from 'zod'
import type { CallOptions, Owned } from '../../contract/call.ts'
import { TollgateError } from '../../contract/errors.ts'
import type { Member, memberAddSchema, memberUpdateSchema } from '../../contract/members.ts'
import {
  DEFAULT_PAGE_SIZE,
  type Page,
  pageFrom,
  type pageRequestSchema,
} from '../../contract/page.ts'
import { isStorable } from '../../contract/text.ts'
import { mayAppoint, type Role } from '../../core/rights.ts'
import { asOrganization } from '../../storage/as-organization.ts'
import { announce } from '../../storage/changes.ts'
import type { Queryable } from '../../storage/database.ts'
import {
  deleteMember,
  findMember,
  hasOtherOwner,
  insertMember,
  listMembers as listRows,
  type MemberRow,
  updateMember as updateRow,
} from '../../storage/tables/members.ts'
import { actorOf } from '../audit/actor-of.ts'
import { appendAudit } from '../audit/append-audit.ts'
import type { Context } from '../context.ts'
import { told } from '../events/told.ts'
import { memberId } from './member-directory.ts'
import { existing, lockedOrganization } from './organizations.ts'

/** In the order of the users' ids. */
export const listMembers = async (
  ctx: Context,
  { organizationId, cursor, limit = DEFAULT_PAGE_SIZE }: Owned<z.output<typeof pageRequestSchema>>,
): Promise<Page<Member>> => {
  await existing(ctx, organizationId)
  const rows = await asOrganization(ctx.db, organizationId, (tx) =>
    listRows(tx, organizationId, { after: cursor, limit: limit + 1 }),
  )
  return pageFrom(rows, limit, memberOf, (row) => row.user_id)
}

/** Adds a user to an organization. */
export const addMember = async (
  ctx: Context,
  { organizationId, userId, role, name }: Owned<z.output<typeof memberAddSchema>>,
  options: CallOptions = {},
): Promise<Member> => {
  const row: MemberRow = {
    organization_id: organizationId,
    user_id: userId,
    role,
    name: name ?? null,
    created_at: ctx.clock.now(),
  }
  await ctx.db.transaction(async (tx) => {
    await lockedOrganization(tx, organizationId)
    requireAppointing(options, role, 'role')
    if (!(await insertMember(tx, row))) {
      const message = 'is a member already'
      throw new TollgateError('already_exists', {
        detail: `userId: ${message}`,
        faults: [{ field: 'userId', message }],
      })
    }
    await written(tx, ctx, options, { member: row, new: row })
  })
  ctx.members.forget(memberId(organizationId, userId))
  return memberOf(row)
}

/** Changes the role or the name of a member. The last owner stays an owner. */
export const updateMember = async (
  ctx: Context,
  {
    organizationId,
    userId,
    ...change
  }: Owned<z.output<typeof memberUpdateSchema>> & { readonly userId: string },
  options: CallOptions = {},
): Promise<Member> => {
  const updated = await ctx.db.transaction(async (tx) => {
    const member = await memberToChange(tx, organizationId, userId, options)
    const name = change.name === undefined ? member.name : change.name
    const row = { ...member, name, role: change.role ?? member.role }
    requireAppointing(options, row.role, 'role')
    if (row.role !== 'owner') await requireOtherOwner(tx, member, 'role')
    await updateRow(tx, row)
    await written(tx, ctx, options, { member: row, old: member, new: row })
    return row
  })
  ctx.members.forget(memberId(organizationId, userId))
  return memberOf(updated)
}

/** Removes a user from an organization. The last owner stays. */
export const removeMember = async (
  ctx: Context,
  { organizationId, userId }: { readonly organizationId: string; readonly userId: string },
  options: CallOptions = {},
): Promise<Member> => {
  const removed = await ctx.db.transaction(async (tx) => {
    const member = await memberToChange(tx, organizationId, userId, options)
    await requireOtherOwner(tx, member, 'userId')
    await deleteMember(tx, organizationId, userId)
    await written(tx, ctx, options, { member, old: member })
    return member
  })
  ctx.members.forget(memberId(organizationId, userId))
  return memberOf(removed)
}

/**
 * Runs under the organization's lock, so that two members who remove each other cannot both
 * succeed.
 */
const memberToChange = async (
  tx: Queryable,
  organizationId: string,
  userId: string,
  options: CallOptions,
): Promise<MemberRow> => {
  await lockedOrganization(tx, organizationId, { alsoClosed: true })
  const member = isStorable(userId) ? await findMember(tx, organizationId, userId) : undefined
  if (!member) throw new TollgateError('not_found', { detail: 'there is no such member' })
  requireAppointing(options, member.role, 'userId')
  return member
}

/** A caller who acts for the platform may appoint anyone. */
const requireAppointing = ({ role }: CallOptions, appointed: Role, field: string): void => {
  if (role === undefined || mayAppoint(role, appointed)) return
  const message = `only an owner may make, change or remove an ${appointed}`
  throw new TollgateError('forbidden', {
    detail: `${field}: ${message}`,
    faults: [{ field, message }],
  })
}

const requireOtherOwner = async (
  tx: Queryable,
  member: MemberRow,
  field: string,
): Promise<void> => {
  if (member.role !== 'owner') return
  if (await hasOtherOwner(tx, member.organization_id, member.user_id)) return
  const message = 'is the last owner: make someone else an owner first'
  throw new TollgateError('unprocessable', {
    detail: `${field}: ${message}`,
    faults: [{ field, message }],
  })
}

/** Writes the audit entry and notifies every process. */
const written = async (
  tx: Queryable,
  ctx: Context,
  options: CallOptions,
  change: { member: MemberRow; old?: MemberRow; new?: MemberRow },
): Promise<void> => {
  const { member, old, new: now } = change
  const said = (row: MemberRow | undefined) => row && { role: row.role, name: row.name }
  await appendAudit(tx, ctx, {
    organizationId: member.organization_id,
    category: 'members',
    action: old ? (now ? 'member.updated' : 'member.removed') : 'member.added',
    ...actorOf(options),
    subject: `user:${member.user_id}`,
    old: said(old),
    new: said(now),
    told: [memberEvent(member, old, now)],
  })
  await announce(tx, 'member', memberId(member.organization_id, member.user_id))
}

const memberEvent = (
  { user_id: userId, role, name }: MemberRow,
  old: MemberRow | undefined,
  now: MemberRow | undefined,
) => {
  const member = { userId, role, name }
  if (!old) return told('member.added', member)
  if (!now) return told('member.removed', member)
  return told('member.updated', { ...member, formerRole: old.role })
}

const memberOf = (row: MemberRow): Member => ({
  organizationId: row.organization_id,
  userId: row.user_id,
  role: row.role,
  name: row.name,
  createdAt: row.created_at.toISOString(),
})
