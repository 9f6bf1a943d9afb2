import type { Membership } from '../../contract/members.ts'
import { isStorable, organizationIdSchema } from '../../contract/text.ts'
import type { Role } from '../../core/rights.ts'
import { asOrganization } from '../../storage/as-organization.ts'
import type { Database } from '../../storage/database.ts'
import { findMember, membershipsOf } from '../../storage/tables/members.ts'
import type { Clock } from '../clock.ts'
import { ReadCache } from '../read-cache.ts'

/** For as long a change may stay unseen that nobody could tell this process of. */
const TTL_MS = 60_000
const MAX_ENTRIES = 100_000
/** Nobody is shown more of their organizations than these, the first by their ids. */
const MAX_ORGANIZATIONS = 100

/** What a change of one member is announced as; no organization's id has a slash in it. */
export const memberId = (organizationId: string, userId: string): string =>
  `${organizationId}/${userId}`

/**
 * Who is what in which organization, remembered in this process and forgotten when another says
 * that it changed. That someone is no member is looked up and remembered like any role, whether
 * there is such an organization or not, so that neither answers nor times tell of it.
 */
export class MemberDirectory {
  readonly #roles: ReadCache<Role | 'stranger'>
  readonly #memberships: ReadCache<readonly Membership[]>

  constructor(db: Database, clock: Clock) {
    const remembered = {
      clock,
      maxEntries: MAX_ENTRIES,
      staleAtMs: (_value: unknown, readAtMs: number) => readAtMs + TTL_MS,
      unknownMs: 0,
    }
    this.#roles = new ReadCache<Role | 'stranger'>({
      ...remembered,
      read: async (id) => {
        const { organizationId, userId } = partsOf(id)
        return (
          (await asOrganization(db, organizationId, (tx) => findMember(tx, organizationId, userId)))
            ?.role ?? 'stranger'
        )
      },
    })
    this.#memberships = new ReadCache<readonly Membership[]>({
      ...remembered,
      read: async (userId) => {
        const rows = await membershipsOf(db, userId, MAX_ORGANIZATIONS)
        return rows.map(({ organization_id, role }) => ({ organizationId: organization_id, role }))
      },
    })
  }

  /** Undefined when the user is not in that organization. */
  async roleOf(organizationId: string, userId: string): Promise<Role | undefined> {
    if (!organizationIdSchema.safeParse(organizationId).success || !isUserId(userId)) {
      return undefined
    }
    const role = await this.#roles.get(memberId(organizationId, userId))
    return role === 'stranger' ? undefined : role
  }

  /** The organizations of a user, a hundred at most. */
  async organizationsOf(userId: string): Promise<readonly Membership[]> {
    return (isUserId(userId) && (await this.#memberships.get(userId))) || []
  }

  /** By the id that a change was announced with. */
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

/** Whether there can be a member of that id at all. */
const isUserId = (userId: string): boolean =>
  userId !== '' && userId.length <= 255 && isStorable(userId)
