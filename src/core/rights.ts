/** What a user may be in an organization. */
export const ROLES = ['owner', 'admin', 'member', 'viewer', 'billing'] as const
export type Role = (typeof ROLES)[number]

interface Holders {
  readonly roles: readonly Role[]
  /** Whether an API key of the organization may have it, as a scope of the same name. */
  readonly asScope: boolean
  /** Whether a read token, which a browser holds, has it. */
  readonly byReadToken: boolean
}

/**
 * The table of rights: everything that can be done in an organization, and who may do it there.
 * The platform's administrator may do all of it in every organization.
 */
export const RIGHTS = {
  'gate.use': { roles: ROLES, asScope: true, byReadToken: false },
  'usage.read': { roles: ROLES, asScope: true, byReadToken: true },
  'invoices.read': { roles: ['owner', 'admin', 'billing'], asScope: true, byReadToken: false },
  'organization.read': { roles: ROLES, asScope: true, byReadToken: true },
  'organization.manage': { roles: ['owner'], asScope: false, byReadToken: false },
  'limits.read': { roles: ROLES, asScope: true, byReadToken: true },
  'limits.manage': { roles: ['owner', 'admin'], asScope: false, byReadToken: false },
  'plan.manage': { roles: ['owner', 'admin'], asScope: false, byReadToken: false },
  'keys.manage': { roles: ['owner', 'admin'], asScope: false, byReadToken: false },
  'members.read': { roles: ROLES, asScope: false, byReadToken: false },
  'members.manage': { roles: ['owner', 'admin'], asScope: false, byReadToken: false },
  'audit.read': { roles: ['owner', 'admin'], asScope: false, byReadToken: false },
} as const satisfies Record<string, Holders>

export type Right = keyof typeof RIGHTS

export const ALL_RIGHTS = Object.keys(RIGHTS) as readonly Right[]

export const isRight = (name: string): name is Right => Object.hasOwn(RIGHTS, name)

/** The rights that an API key may be given, by the names of its scopes. */
export const SCOPES: readonly Right[] = ALL_RIGHTS.filter((right) => RIGHTS[right].asScope)

/** What a key may do that was made without saying so. */
export const DEFAULT_SCOPES: readonly Right[] = [
  'gate.use',
  'usage.read',
  'organization.read',
  'limits.read',
]

export const roleHas = (role: Role, right: Right): boolean =>
  (RIGHTS[right].roles as readonly Role[]).includes(role)

export const isScope = (right: Right): boolean => RIGHTS[right].asScope

export const readTokenHas = (right: Right): boolean => RIGHTS[right].byReadToken

/** Whether someone of this role may make, change or remove a member of that role. */
export const mayAppoint = (role: Role, appointed: Role): boolean =>
  roleHas(role, 'members.manage') && (role === 'owner' || appointed !== 'owner')
