import { createHash, hash, randomBytes } from 'node:crypto'
import type { Principal } from '../../contract/tenancy.ts'
import type { Database } from '../../storage/database.ts'
import {
  findKeyOfDoor,
  type KeyKind,
  type KeyOfDoor,
  writeKeyUses,
} from '../../storage/tables/api-keys.ts'
import { Cache } from '../cache.ts'
import type { Clock } from '../clock.ts'
import { KeyUses } from './key-uses.ts'

/** How long a change may stay unseen if its notice was lost. */
const TTL_MS = 60_000
/** Unknown keys are cached only briefly, so that they cannot fill the memory. */
const UNKNOWN_TTL_MS = 1_000
const MAX_ENTRIES = 10_000
const RANDOM_BYTES = 24
/** Any other text is no key of ours, and is not looked up. */
const KEY = /^tg(?:svc)?_[\w-]{32}$/
/** How many characters after the prefix may be shown. */
const SHOWN_CHARACTERS = 7

/**
 * 192 random bits of the system, with a prefix that shows what the key is. Processes from before
 * service keys existed do not look up the new prefix, so they cannot take one for another kind of
 * key.
 */
export const newKey = (kind: KeyKind): { key: string; prefix: string; hash: Uint8Array } => {
  const mark = kind === 'service' ? 'tgsvc_' : 'tg_'
  const key = `${mark}${randomBytes(RANDOM_BYTES).toString('base64url')}`
  const prefix = key.slice(0, mark.length + SHOWN_CHARACTERS)
  return { key, prefix, hash: createHash('sha256').update(key).digest() }
}

/** What a key gives access to, and until when. */
interface KnownKey {
  readonly id: string
  readonly principal: Principal
  readonly endsAtMs: number
}

/** The principals of keys. Only a key's SHA-256 is compared, looked up or cached here. */
export class KeyRing {
  readonly #db: Database
  readonly #clock: Clock
  readonly #known: Cache<KnownKey>
  readonly #uses = new KeyUses()

  constructor(db: Database, clock: Clock) {
    this.#db = db
    this.#clock = clock
    this.#known = new Cache({
      clock,
      maxEntries: MAX_ENTRIES,
      read: async (digest) => {
        const row = await findKeyOfDoor(db, Buffer.from(digest, 'base64'))
        return row && knownKey(row)
      },
      staleAtMs: (_key, readAtMs) => readAtMs + TTL_MS,
      unknownMs: UNKNOWN_TTL_MS,
    })
  }

  /** Undefined if the key is unknown, revoked or expired, or its organization is closed. */
  async principal(key: string): Promise<Principal | undefined> {
    if (!KEY.test(key)) return undefined
    const known = await this.#known.get(hash('sha256', key, 'base64'))
    const nowMs = this.#clock.now().getTime()
    if (!known || nowMs >= known.endsAtMs) return undefined
    this.#uses.note(known.id, nowMs)
    return known.principal
  }

  /** Writes the last uses of keys that are not stored yet. */
  writeUses(): Promise<void> {
    return this.#uses.drain((uses) => writeKeyUses(this.#db, uses))
  }

  /** Drops the cache, since a key was created or ended elsewhere. */
  forgetAll(): void {
    this.#known.forgetAll()
  }
}

const knownKey = (row: KeyOfDoor): KnownKey => ({
  id: row.id,
  principal: principalOf(row),
  endsAtMs:
    row.revoked_at !== null || row.organization_status === 'closed'
      ? Number.NEGATIVE_INFINITY
      : (row.expires_at?.getTime() ?? Number.POSITIVE_INFINITY),
})

const principalOf = ({ id, kind, organization_id, scopes }: KeyOfDoor): Principal => {
  const actor = `key:${id}`
  if (kind === 'admin') return { kind: 'admin', actor }
  if (kind === 'service') return { kind: 'service', serviceKeyId: id, scopes, actor }
  const organizationId = organization_id as string
  return { kind: 'organization', organizationId, apiKeyId: id, scopes, actor }
}
