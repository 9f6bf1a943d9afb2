import type { AuditAnchor, ChainHead, StoredEntry } from '../../core/audit-chain.ts'
import type { Queryable } from '../database.ts'

interface HeadRow {
  readonly organization_id: string
  readonly sequence: number
  readonly hash: string
  readonly start_sequence: number
  readonly start_hash: string
}

/** Doubles hold every sequence below 2^53 exactly, and are parsed faster than a `bigint`. */
const HEAD = `h.organization_id, h.sequence::float8 as sequence, encode(h.hash, 'hex') as hash,
  h.start_sequence::float8 as start_sequence, encode(h.start_hash, 'hex') as start_hash`

const headOf = (row: HeadRow): ChainHead => ({
  sequence: row.sequence,
  hash: row.hash,
  start: { sequence: row.start_sequence, hash: row.start_hash },
})

export const findChainHead = async (
  db: Queryable,
  organizationId: string,
): Promise<ChainHead | undefined> => {
  const [row] = await db.query<HeadRow>(
    `select ${HEAD} from tollgate.audit_heads h where h.organization_id = $1`,
    [organizationId],
  )
  return row && headOf(row)
}

interface DatedHeadRow extends HeadRow {
  readonly occurred_at: Date | null
}

const DATED_HEADS = `select ${HEAD}, e.occurred_at from tollgate.audit_heads h
  left join tollgate.audit_events e
    on e.organization_id = h.organization_id and e.sequence = h.sequence`

const anchorOf = ({ organization_id, sequence, hash, occurred_at }: DatedHeadRow): AuditAnchor => ({
  organizationId: organization_id,
  sequence,
  hash,
  ...(occurred_at && { occurredAt: occurred_at.toISOString() }),
})

/** The heads of the chains after a given one, in order of organization. */
export const chainHeads = async (
  db: Queryable,
  page: { readonly after: string | undefined; readonly limit: number },
): Promise<readonly AuditAnchor[]> => {
  const rows = await db.query<DatedHeadRow>(
    `${DATED_HEADS}
     where $1::text is null or h.organization_id > $1 order by h.organization_id limit $2`,
    [page.after ?? null, page.limit],
  )
  return rows.map(anchorOf)
}

/** The head of one chain; empty if the chain has no entry. */
export const chainHead = async (
  db: Queryable,
  organizationId: string,
): Promise<readonly AuditAnchor[]> => {
  const rows = await db.query<DatedHeadRow>(`${DATED_HEADS} where h.organization_id = $1`, [
    organizationId,
  ])
  return rows.map(anchorOf)
}

/**
 * The chains after a given one. They include chains that have only a head, or only entries. Each
 * chain costs one index lookup, however many entries it has.
 */
export const chainsAfter = async (
  db: Queryable,
  page: { readonly after: string | undefined; readonly limit: number },
): Promise<readonly string[]> => {
  const next = (table: string, than: string) =>
    `(select organization_id from tollgate.${table} where ${than} order by organization_id limit 1)`
  const rows = await db.query<{ id: string }>(
    `with recursive chains (id) as (
       select least(${next('audit_heads', '$1::text is null or organization_id > $1')},
                    ${next('audit_events', '$1::text is null or organization_id > $1')})
       union all
       select least(${next('audit_heads', 'organization_id > c.id')},
                    ${next('audit_events', 'organization_id > c.id')})
       from chains c where c.id is not null)
     select id from chains where id is not null limit $2`,
    [page.after ?? null, page.limit],
  )
  return rows.map(({ id }) => id)
}

/**
 * Chains of organizations whose creation the platform's chain does not record, among the given
 * organizations or all. A chain without a head is a fault of its own.
 *
 * One statement reads both, since an organization and the entry of its creation are committed
 * together.
 */
export const chainsOfNobody = async (
  db: Queryable,
  organizationIds: readonly string[] | undefined,
): Promise<readonly string[]> => {
  const rows = await db.query<{ id: string }>(
    `select organization_id as id from tollgate.audit_heads
     where organization_id <> '' and ($1::text[] is null or organization_id = any ($1::text[]))
     except select * from tollgate.organizations_named(-1, 9223372036854775807) order by id`,
    [organizationIds ?? null],
  )
  return rows.map(({ id }) => id)
}

/** The number of entries in the chains, according to their heads. */
export const countAuditEntries = async (
  db: Queryable,
  organizationIds: readonly string[] | undefined,
): Promise<number> => {
  const [row] = await db.query<{ count: number }>(
    `select coalesce(sum(sequence - start_sequence), 0)::float8 as count
     from tollgate.audit_heads where $1::text[] is null or organization_id = any ($1::text[])`,
    [organizationIds ?? null],
  )
  return row?.count ?? 0
}

interface EntryRow {
  readonly sequence: number
  readonly previous_hash: string
  readonly entry: string
  readonly hash: string
}

const ENTRY = `e.sequence::float8 as sequence, encode(e.previous_hash, 'hex') as previous_hash,
  e.entry, encode(e.hash, 'hex') as hash`
/**
 * Includes all entries that share the last sequence, of which there should be one. So no page
 * separates duplicates.
 */
const LIMITED = 'order by e.sequence fetch first $3 rows with ties'

const entryOf = (row: EntryRow): StoredEntry => ({
  sequence: row.sequence,
  previousHash: row.previous_hash,
  entry: row.entry,
  hash: row.hash,
})

/** The entries of a chain after a given place, in order. */
export const chainPage = async (
  db: Queryable,
  organizationId: string,
  page: { readonly after: number; readonly limit: number },
): Promise<readonly StoredEntry[]> => {
  const rows = await db.query<EntryRow>(
    `select ${ENTRY} from tollgate.audit_events e
     where e.organization_id = $1 and e.sequence > $2 ${LIMITED}`,
    [organizationId, page.after, page.limit],
  )
  return rows.map(entryOf)
}

/** The same, with the chain's head at the same moment. */
export const chainPageWithHead = async (
  db: Queryable,
  organizationId: string,
  page: { readonly after: number; readonly limit: number },
): Promise<{ readonly entries: readonly StoredEntry[]; readonly head: ChainHead | undefined }> => {
  const rows = await db.query<{ head: HeadRow | null; entries: EntryRow[] | null }>(
    `select
       (select to_json(h) from (select ${HEAD} from tollgate.audit_heads h
                                where h.organization_id = $1) h) as head,
       (select json_agg(p) from (select ${ENTRY} from tollgate.audit_events e
                                 where e.organization_id = $1 and e.sequence > $2 ${LIMITED}) p)
         as entries`,
    [organizationId, page.after, page.limit],
  )
  const head = rows[0]?.head
  return { entries: (rows[0]?.entries ?? []).map(entryOf), head: head ? headOf(head) : undefined }
}

/** Chains whose oldest entry is from before an instant. */
export const chainsToTrim = async (
  db: Queryable,
  before: Date,
  limit: number,
): Promise<readonly string[]> => {
  const rows = await db.query<{ id: string }>(
    `select h.organization_id as id
     from tollgate.audit_heads h
     join tollgate.audit_events e
       on e.organization_id = h.organization_id and e.sequence = h.start_sequence + 1
     where e.occurred_at < $1 order by h.organization_id limit $2`,
    [before, limit],
  )
  return rows.map(({ id }) => id)
}

/**
 * Removes the oldest entries of a chain and records that in the chain. Returns how many were
 * removed.
 */
export const trimChain = async (
  db: Queryable,
  organizationId: string,
  trim: {
    readonly before: Date
    readonly most: number
    readonly at: Date
    readonly keepDays: number
  },
): Promise<number> => {
  const [row] = await db.query<{ taken: number }>(
    'select tollgate.trim_audit($1, $2, $3, $4, $5)::float8 as taken',
    [organizationId, trim.before, trim.most, trim.at, trim.keepDays],
  )
  return row?.taken ?? 0
}
