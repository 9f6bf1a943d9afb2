/** What an act concerns. `audit` is for entries about the log itself. */
export const AUDIT_CATEGORIES = [
  'organization',
  'catalog',
  'limits',
  'keys',
  'members',
  'billing',
  'webhooks',
  'workflows',
  'knowledge_base',
  'chat',
  'security',
] as const
type AuditCategory = (typeof AUDIT_CATEGORIES)[number]

/** How an entry represents other acts that were not logged. */
interface AuditSampling {
  /** The sampling rate at this entry: one of so many acts was logged. */
  readonly oneIn: number
  /** The number of acts of the same kind that were skipped since the entry before. */
  readonly passedOver: number
}

/** A domain event that is sent for an act. `data` has the shape of its kind. */
export interface ToldEvent {
  readonly kind: string
  readonly data: object
  /** At most one event of an organization is stored under a key. */
  readonly key?: string
}

/** One act for the log, before it has a position in a chain. */
export interface AuditAct {
  /** `null`: the platform's own chain. */
  readonly organizationId: string | null
  readonly category: AuditCategory
  /** What was done, as `thing.done`: `organization.created`. */
  readonly action: string
  /** Who did it: `key:<id>`, `user:<id>`, `admin`. */
  readonly actor: string
  /** Who reported the act, when `actor` is only a claim. */
  readonly via?: string | undefined
  /** The network address of the caller, when there is one. */
  readonly address?: string | null | undefined
  /** The object of the act, as `thing:id`. */
  readonly subject: string
  /** Plain data: the values before and after the act. */
  readonly old?: unknown
  readonly new?: unknown
  readonly sampled?: AuditSampling | undefined
  /** Separates acts of one action for sampling. It is not part of the entry. */
  readonly kind?: string | undefined
  /** The domain events that are written in the same transaction. They are not part of the entry. */
  readonly told?: readonly ToldEvent[] | undefined
}

/** The name of the platform's chain. No organization has an empty id. */
export const PLATFORM_CHAIN = ''

/**
 * Builds the entry of the platform's chain that says an organization was created. A chain without
 * such an entry is a fault.
 */
export const chainOpened = (
  organizationId: string,
  by: Pick<AuditAct, 'actor' | 'address' | 'via'>,
): AuditAct => ({
  organizationId: null,
  category: 'organization',
  action: 'audit.chain_opened',
  ...by,
  subject: `organization:${organizationId}`,
  new: { organizations: [organizationId] },
})

/** The text that every entry of a chain begins with. Its sequence and `auditEntryRest` follow. */
export const auditEntryPrefix = (organizationId: string): string =>
  `{"organizationId":${JSON.stringify(organizationId)},"sequence":`

/**
 * The text of an entry after its organization and sequence: a comma, then JSON with sorted keys.
 * Characters that PostgreSQL cannot store (NUL, half a surrogate pair) are replaced.
 */
export const auditEntryRest = (act: AuditAct, occurredAt: Date): string => {
  const { category, action, actor, address = null, subject, sampled, via } = act
  const entry = {
    action,
    actor,
    address,
    category,
    new: act.new ?? null,
    occurredAt: occurredAt.toISOString(),
    old: act.old ?? null,
    ...(sampled && { sampled }),
    subject,
    ...(via !== undefined && { via }),
  }
  return `,${JSON.stringify(entry, (_key, value: unknown) => storable(value)).slice(1)}`
}

const storable = (value: unknown): unknown => {
  if (typeof value === 'string') return storableText(value)
  if (typeof value === 'bigint') return String(value)
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  const sorted = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return Object.fromEntries(sorted.map(([key, inner]) => [storableText(key), inner]))
}

const storableText = (text: string): string =>
  text.includes('\0') || !text.isWellFormed()
    ? text.toWellFormed().replaceAll('\0', '\u2400')
    : text
