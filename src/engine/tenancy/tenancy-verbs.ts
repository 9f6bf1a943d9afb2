import type { TollgateEngine } from '../../contract/tollgate.ts'
import type { OpenVerb } from '../open-verb.ts'
import { createApiKey, listApiKeys, revokeApiKey, rotateApiKey } from './api-keys.ts'
import { closeOrganization, updateOrganization } from './change-organization.ts'
import { overrideLimit, removeOverride } from './limits.ts'
import { listLimits } from './list-limits.ts'
import { addMember, listMembers, removeMember, updateMember } from './members.ts'
import { createOrganization, getOrganization, listOrganizations } from './organizations.ts'

/** Organizations, who is in them, their keys and their limits. */
export const tenancyVerbs = (
  open: OpenVerb,
): Pick<TollgateEngine, 'organizations' | 'members' | 'apiKeys' | 'limits'> => ({
  organizations: {
    create: open(createOrganization),
    get: open(getOrganization),
    list: open(listOrganizations),
    update: open(updateOrganization),
    close: open(closeOrganization),
  },
  members: {
    list: open(listMembers),
    add: open(addMember),
    update: open(updateMember),
    remove: open(removeMember),
    roleOf: open((ctx, organizationId: string, userId: string) =>
      ctx.members.roleOf(organizationId, userId),
    ),
    organizationsOf: open((ctx, userId: string) => ctx.members.organizationsOf(userId)),
  },
  apiKeys: {
    create: open(createApiKey),
    list: open(listApiKeys),
    revoke: open(revokeApiKey),
    rotate: open(rotateApiKey),
  },
  limits: {
    list: open(listLimits),
    override: open(overrideLimit),
    remove: open(removeOverride),
  },
})
