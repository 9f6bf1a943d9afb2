/** What an act is about; `audit` itself is entries about the log. */
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

/** Said of an entry that stands for more than itself. */
interface AuditSampling {
  /** Of how many such acts one was kept when this one was. */
  readonly oneIn: number
  /** How many of the same kind were not kept between the entry before and this one. */
  readonly passedOver: number
}

/** What is told of an act: an event of a kind in the catalogue of kinds, with the data of its kind. */
export interface ToldEvent {
  readonly kind: string
  readonly data: object
}

/** One act for the log, before it has its place in a chain. */
export interface AuditAct {
  /** `null`: the platform's own chain. */
  readonly organizationId: string | null
  readonly category: AuditCategory
  /** What was done, as `thing.done`: `organization.created`. */
  readonly action: string
  /** Who did it: `key:<id>`, `user:<id>`, `admin`. */
  readonly actor: string
  /** Who told us so, where the actor is only said to have done it. */
  readonly via?: string | undefined
  /** The network address that it came from, where there is one. */
  readonly address?: string | null | undefined
  /** What it was done to, as `thing:id`. */
  readonly subject: string
  /** Plain data: what there was before, and what there is after it. */
  readonly old?: unknown
  readonly new?: unknown
  readonly sampled?: AuditSampling | undefined
  /** What tells it from others of its action while they are sampled; it is not in the entry. */
  readonly kind?: string | undefined
  /** What whoever listens is told of it, in the same transaction. Not a part of the entry. */
  readonly told?: readonly ToldEvent[] | undefined
}

/** The platform's chain, among those of the organizations: no organization has an empty id. */
export const PLATFORM_CHAIN = ''

/** Says in the platform's chain that an organization was made: no chain is of any other. */
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

/** How the text of every entry of a chain begins; its sequence and `auditEntryRest` follow. */
export const auditEntryPrefix = (organizationId: string): string =>
  `{"organizationId":${JSON.stringify(organizationId)},"sequence":`

/**
 * What follows organization and sequence in the text of an entry: a comma, and JSON with sorted
 * keys. What PostgreSQL cannot hold (NUL, half a surrogate pair) is shown by a character for it.
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
