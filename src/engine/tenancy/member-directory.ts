import type { Membership } from '../../contract/members.ts'
import { isStorable, organizationIdSchema } from '../../contract/text.ts'
import type { Role } from '../../core/rights.ts'
import { asOrganization } from '../../storage/as-organization.ts'
import type { Database } from '../../storage/database.ts'
import { findMember, membershipsOf } from '../../storage/tables/members.ts'
import { Cache } from '../cache.ts'
import type { Clock } from '../clock.ts'

/** How long a change may stay unseen if its notice was lost. */
const TTL_MS = 60_000
const MAX_ENTRIES = 100_000
/** The most organizations shown to one user, the first by id. */
const MAX_ORGANIZATIONS = 100

/** The id under which a change of a member is announced. No organization's id contains a slash. */
export const memberId = (organizationId: string, userId: string): string =>
  `${organizationId}/${userId}`

/**
 * The roles of users in organizations, cached in this process until another process announces a
 * change.
 *
 * Non-membership is cached like a role, whether the organization exists or not. So neither the
 * answer nor its duration reveals which exist.
 */
export class MemberDirectory {
  readonly #roles: Cache<Role | 'stranger'>
  readonly #memberships: Cache<readonly Membership[]>

  constructor(db: Database, clock: Clock) {
    const remembered = {
      clock,
      maxEntries: MAX_ENTRIES,
      staleAtMs: (_value: unknown, readAtMs: number) => readAtMs + TTL_MS,
      unknownMs: 0,
    }
    this.#roles = new Cache<Role | 'stranger'>({
      ...remembered,
      read: async (id) => {
        const { organizationId, userId } = partsOf(id)
        return (
          (await asOrganization(db, organizationId, (tx) => findMember(tx, organizationId, userId)))
            ?.role ?? 'stranger'
        )
      },
    })
    this.#memberships = new Cache<readonly Membership[]>({
      ...remembered,
      read: async (userId) => {
        const rows = await membershipsOf(db, userId, MAX_ORGANIZATIONS)
        return rows.map(({ organization_id, role }) => ({ organizationId: organization_id, role }))
      },
    })
  }

  /** Undefined if the user is not in that organization. */
  async roleOf(organizationId: string, userId: string): Promise<Role | undefined> {
    if (!organizationIdSchema.safeParse(organizationId).success || !isUserId(userId)) {
      return undefined
    }
    const role = await this.#roles.get(memberId(organizationId, userId))
    return role === 'stranger' ? undefined : role
  }

  /** The organizations of a user, at most a hundred. */
  async organizationsOf(userId: string): Promise<readonly Membership[]> {
    return (isUserId(userId) && (await this.#memberships.get(userId))) || []
  }

  /** Takes the id under which a change was announced. */
  forget(id: string): void {
    this.#roles.forget(id)
    this.#memberships.forget(partsOf(id).userId)
  }

  forgetAll(): void {
    this.#roles.forgetAll()
    this.#memberships.forgetAll()
  }
}

const partsOf = (id: string): { organizationId: string; userId: string } => {
  const slash = id.indexOf('/')
  return { organizationId: id.slice(0, slash), userId: id.slice(slash + 1) }
}

/** Whether a member can have that id at all. */
const isUserId = (userId: string): boolean =>
  userId !== '' && userId.length <= 255 && isStorable(userId)
