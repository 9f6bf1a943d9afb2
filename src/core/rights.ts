/** The roles of a user in an organization. */
export const ROLES = ['owner', 'admin', 'member', 'viewer', 'billing'] as const
export type Role = (typeof ROLES)[number]

/**
 * The credentials that may hold a right beside members. An API key of the organization and a
 * service key of the platform hold it as a scope of the same name. A read token is for a browser.
 */
type Credential = 'key' | 'service' | 'reader'

interface Holders {
  readonly roles: readonly Role[]
  readonly credentials: readonly Credential[]
}

const heldBy = (roles: readonly Role[], ...credentials: readonly Credential[]): Holders => ({
  roles,
  credentials,
})

/**
 * The table of rights: every action in an organization, and who may perform it. The platform's
 * administrator may perform all of them in every organization.
 */
export const RIGHTS = {
  'gate.use': heldBy(ROLES, 'key', 'service'),
  'usage.record': heldBy(['owner', 'admin'], 'key', 'service'),
  'usage.read': heldBy(ROLES, 'key', 'service', 'reader'),
  'invoices.read': heldBy(['owner', 'admin', 'billing'], 'key', 'service', 'reader'),
  'organization.read': heldBy(ROLES, 'key', 'service', 'reader'),
  'organization.manage': heldBy(['owner']),
  'limits.read': heldBy(ROLES, 'key', 'service', 'reader'),
  'limits.manage': heldBy(['owner', 'admin']),
  'plan.manage': heldBy(['owner', 'admin']),
  'keys.manage': heldBy(['owner', 'admin']),
  'members.read': heldBy(ROLES, 'service'),
  'members.manage': heldBy(['owner', 'admin']),
  'alerts.read': heldBy(['owner', 'admin', 'billing'], 'service'),
  'alerts.manage': heldBy(['owner', 'admin']),
  'webhooks.read': heldBy(['owner', 'admin'], 'service'),
  'webhooks.manage': heldBy(['owner', 'admin']),
  'audit.read': heldBy(['owner', 'admin'], 'service'),
  // Nobody in an organization may write to the log that records their own acts.
  'audit.write': heldBy([], 'service'),
} satisfies Record<string, Holders>

export type Right = keyof typeof RIGHTS

export const ALL_RIGHTS = Object.keys(RIGHTS) as readonly Right[]

export const isRight = (name: string): name is Right => Object.hasOwn(RIGHTS, name)

const mayHave = (credential: Credential, right: Right): boolean =>
  RIGHTS[right].credentials.includes(credential)

export const isScope = (right: Right): boolean => mayHave('key', right)

export const isServiceScope = (right: Right): boolean => mayHave('service', right)

/** The default rights of a read token. Money is visible only on request. */
export const DEFAULT_READER_RIGHTS: readonly Right[] = [
  'usage.read',
  'organization.read',
  'limits.read',
]

export const readTokenHas = (right: Right): boolean => DEFAULT_READER_RIGHTS.includes(right)

export const roleHas = (role: Role, right: Right): boolean => RIGHTS[right].roles.includes(role)

/** The rights that an API key may have as scopes. */
export const SCOPES: readonly Right[] = ALL_RIGHTS.filter(isScope)

/** The rights that a service key may have. Management is left to the administrator. */
export const SERVICE_SCOPES: readonly Right[] = ALL_RIGHTS.filter(isServiceScope)

/** The rights that a read token may have. */
export const READER_RIGHTS: readonly Right[] = ALL_RIGHTS.filter((right) =>
  mayHave('reader', right),
)

/** The default scopes of a key. They do not include recording past use. */
export const DEFAULT_SCOPES: readonly Right[] = [
  'gate.use',
  'usage.read',
  'organization.read',
  'limits.read',
]

export const rightsOfRole = (role: Role): readonly Right[] =>
  ALL_RIGHTS.filter((right) => roleHas(role, right))

/** True when a member with this role may add, change or remove a member with the other role. */
export const mayAppoint = (role: Role, appointed: Role): boolean =>
  roleHas(role, 'members.manage') && (role === 'owner' || appointed !== 'owner')
