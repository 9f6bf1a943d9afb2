import { type AuditAct, auditEntryRest, PLATFORM_CHAIN } from '../../core/audit.ts'
import type { Queryable } from '../database.ts'

/** Appends to the chains. Returns each act's sequence in its chain, in the order of the acts. */
export const appendAuditEvents = async (
  tx: Queryable,
  acts: readonly { readonly act: AuditAct; readonly at: Date }[],
): Promise<readonly number[]> => {
  const rows = await tx.query<{ place: number; sequence: bigint }>(
    'select place, sequence from tollgate.append_audit($1::text[], $2::text[])',
    [
      acts.map(({ act }) => act.organizationId ?? PLATFORM_CHAIN),
      acts.map(({ act, at }) => auditEntryRest(act, at)),
    ],
  )
  const sequences = new Array<number>(acts.length)
  for (const { place, sequence } of rows) sequences[place - 1] = Number(sequence)
  return sequences
}

/** An entry, with the entry that resolves it. */
export interface AuditEventRow {
  readonly sequence: bigint
  readonly entry: string
  readonly hash: string
  readonly resolution: string | null
}

export interface AuditFilter {
  readonly category?: string | undefined
  readonly action?: string | undefined
  readonly actor?: string | undefined
  readonly from?: Date | undefined
  readonly to?: Date | undefined
  readonly resolved?: boolean | undefined
  readonly subject?: string | undefined
  readonly text?: string | undefined
}

const COLUMNS = `e.sequence, e.entry, encode(e.hash, 'hex') as hash, r.entry as resolution`
const WITH_RESOLUTION = `tollgate.audit_events e
  left join tollgate.audit_events r
    on r.organization_id = e.organization_id and r.resolves = e.sequence`

/** Entries of one chain before a given place and from another one on, the newest first. */
export const auditPage = (
  db: Queryable,
  organizationId: string,
  filter: AuditFilter,
  page: { readonly before: number; readonly floor?: number | undefined; readonly limit: number },
): Promise<AuditEventRow[]> => {
  const values: unknown[] = [organizationId, page.before, page.limit, page.floor ?? 0]
  const bind = (value: unknown) => `$${values.push(value)}`
  const conditions = [...indexedConditions(filter, bind), ...otherConditions(filter, bind)]
  return db.query(
    `select ${COLUMNS} from ${WITH_RESOLUTION}
     where e.organization_id = $1 and e.sequence < $2 and e.sequence >= $4 ${conditions.join(' ')}
     order by e.sequence desc limit $3`,
    values,
  )
}

/** Whether a filter is compared with the text of each entry that the other filters leave. */
export const readsEntries = ({ subject, text }: AuditFilter): boolean =>
  subject !== undefined || text !== undefined

/**
 * The place of the last entry that a search from a place on reads, if it reads so many at most.
 * Undefined: the chain has no more. Reads an index, and no text.
 */
export const searchFloor = async (
  db: Queryable,
  organizationId: string,
  filter: AuditFilter,
  { before, most }: { readonly before: number; readonly most: number },
): Promise<number | undefined> => {
  const values: unknown[] = [organizationId, before, most - 1]
  const conditions = indexedConditions(filter, (value) => `$${values.push(value)}`)
  const rows = await db.query<{ sequence: bigint }>(
    `select e.sequence from tollgate.audit_events e
     where e.organization_id = $1 and e.sequence < $2 ${conditions.join(' ')}
     order by e.sequence desc offset $3 limit 1`,
    values,
  )
  return rows[0] && Number(rows[0].sequence)
}

/** Each set of filters has a statement of its own: one statement for all could use no index. */
const indexedConditions = (filter: AuditFilter, bind: (value: unknown) => string): string[] => {
  const { category, action, actor, from, to } = filter
  return [
    ...(category === undefined ? [] : [`and e.category = ${bind(category)}`]),
    ...(action === undefined ? [] : [`and e.action = ${bind(action)}`]),
    ...(actor === undefined ? [] : [actorIs(bind(actor))]),
    ...(from === undefined ? [] : [`and e.occurred_at >= ${bind(from)}`]),
    ...(to === undefined ? [] : [`and e.occurred_at < ${bind(to)}`]),
  ]
}

const otherConditions = (filter: AuditFilter, bind: (value: unknown) => string): string[] => {
  const { resolved, subject, text } = filter
  return [
    ...(subject === undefined ? [] : [subjectIs(subject, bind)]),
    ...(text === undefined ? [] : [`and strpos(lower(e.entry), lower(${bind(text)})) > 0`]),
    ...(resolved === true ? ['and r.sequence is not null'] : []),
    // An entry that resolves another needs no resolution itself.
    ...(resolved === false ? ['and r.sequence is null and e.resolves is null'] : []),
  ]
}

/** Compares the start, which is indexed, and then the full text. */
const actorIs = (actor: string): string =>
  `and e.actor_start = left(${actor}, 100) and e.actor = ${actor}`

/** Read from the entry's JSON, since there is no column. */
const subjectIs = (subject: string, bind: (value: unknown) => string): string => {
  const own = "(e.entry::json ->> 'subject')"
  return subject.endsWith('*')
    ? `and starts_with(${own}, ${bind(subject.slice(0, -1))})`
    : `and ${own} = ${bind(subject)}`
}

export const findAuditEvent = async (
  db: Queryable,
  organizationId: string,
  sequence: number,
): Promise<AuditEventRow | undefined> => {
  const rows = await db.query<AuditEventRow>(
    `select ${COLUMNS} from ${WITH_RESOLUTION} where e.organization_id = $1 and e.sequence = $2`,
    [organizationId, sequence],
  )
  return rows[0]
}
