import type { Database, Queryable } from './database.ts'

/**
 * A change that other processes must learn of at once, by a NOTIFY that is sent at commit. `kind`
 * says what changed, and `id` which one. After a lost connection everything may have changed.
 */
export type Change =
  | { readonly kind: ChangeKind; readonly id: string }
  | { readonly kind: 'everything' }

type ChangeKind = 'catalog' | 'organization' | 'key' | 'member'

const CHANNEL = 'tollgate_changes'
const EVENTS_CHANNEL = 'tollgate_events'
/** The limit of a NOTIFY payload is 8,000 bytes. */
const MAX_ID_LENGTH = 1_000

export const announce = async (tx: Queryable, kind: ChangeKind, id: string): Promise<void> => {
  await tx.query('select pg_notify($1, $2)', [CHANNEL, `${kind}:${id.slice(0, MAX_ID_LENGTH)}`])
}

export const onChange = (
  db: Database,
  handle: (change: Change) => void,
): Promise<() => Promise<void>> =>
  db.listen(CHANNEL, (payload) => {
    const colon = payload.indexOf(':')
    const kind = payload.slice(0, colon)
    if (isKind(kind)) {
      handle({ kind, id: payload.slice(colon + 1) })
    } else handle({ kind: 'everything' })
  })

/**
 * Calls `handle` when new domain events are in the outbox. The notification does not name them: the
 * handler queries for them.
 */
export const onEvents = (db: Database, handle: () => void): Promise<() => Promise<void>> =>
  db.listen(EVENTS_CHANNEL, handle)

const isKind = (kind: string): kind is ChangeKind =>
  kind === 'catalog' || kind === 'organization' || kind === 'key' || kind === 'member'
