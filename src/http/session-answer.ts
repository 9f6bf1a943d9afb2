import type { z } from 'zod'
import type { sessionSchema } from '../contract/authentication.ts'
import type { Principal } from '../contract/tenancy.ts'
import { DEFAULT_READER_RIGHTS, type Right, type Role, rightsOfRole } from '../core/rights.ts'
import type { Plumbing } from '../engine/plumbing.ts'
import type { Identity } from './authentication/authentication.ts'

type Known = Pick<Plumbing, 'members' | 'namesOf'>

/** Describes the caller, for the caller. */
export const describeIdentity = async (
  { principal, session }: Identity,
  known: Known,
): Promise<z.output<typeof sessionSchema>> => {
  const standings = await standingsOf(principal, known)
  return {
    kind: principal.kind,
    actor: principal.actor,
    ...('userId' in principal && { userId: principal.userId }),
    ...('organizationId' in principal && { organizationId: principal.organizationId }),
    ...('scopes' in principal && { scopes: [...principal.scopes] }),
    ...(standings && { organizations: await named(standings, known) }),
    ...(session && { expiresAt: session.expiresAt.toISOString(), csrfToken: session.csrfToken }),
  }
}

interface Standing {
  readonly organizationId: string
  readonly role: Role | null
  readonly rights: readonly Right[]
}

/** Undefined for callers who act for all organizations, or for no particular one. */
const standingsOf = async (
  principal: Principal,
  { members }: Known,
): Promise<readonly Standing[] | undefined> => {
  switch (principal.kind) {
    case 'user':
      return (await members.organizationsOf(principal.userId)).map(({ organizationId, role }) => ({
        organizationId,
        role,
        rights: rightsOfRole(role),
      }))
    case 'organization':
      return [{ organizationId: principal.organizationId, role: null, rights: principal.scopes }]
    case 'reader': {
      const { rights = DEFAULT_READER_RIGHTS } = principal
      return [{ organizationId: principal.organizationId, role: null, rights }]
    }
    default:
      return undefined
  }
}

const named = async (standings: readonly Standing[], { namesOf }: Known) => {
  const names = await namesOf(standings.map(({ organizationId }) => organizationId))
  return standings.map(({ organizationId, role, rights }) => ({
    organizationId,
    name: names.get(organizationId) ?? organizationId,
    role,
    rights: [...rights],
  }))
}
