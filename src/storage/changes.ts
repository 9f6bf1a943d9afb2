import type { Database, Queryable } from './database.ts'

/**
 * What other processes must know at once: a NOTIFY that is sent when the change commits.
 * `kind` says what changed, `id` which one; after a lost connection everything may have changed.
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

/** Something was written down that is to be told; what it is, is looked up. */
export const onEvents = (db: Database, handle: () => void): Promise<() => Promise<void>> =>
  db.listen(EVENTS_CHANNEL, handle)

const isKind = (kind: string): kind is ChangeKind =>
  kind === 'catalog' || kind === 'organization' || kind === 'key' || kind === 'member'
