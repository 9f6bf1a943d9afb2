import { createHash, hash, randomBytes } from 'node:crypto'
import type { Principal } from '../../contract/tenancy.ts'
import type { Database } from '../../storage/database.ts'
import {
  findKeyOfDoor,
  type KeyKind,
  type KeyOfDoor,
  writeKeyUses,
} from '../../storage/tables/api-keys.ts'
import type { Clock } from '../clock.ts'
import { ReadCache } from '../read-cache.ts'
import { KeyUses } from './key-uses.ts'

/** For as long a change may stay unseen that nobody could tell this process of. */
const TTL_MS = 60_000
/** Wrong keys are remembered for a moment only: they must not fill the memory. */
const UNKNOWN_TTL_MS = 1_000
const MAX_ENTRIES = 10_000
const RANDOM_BYTES = 24
/** Everything else is no key of ours, and is not looked up. */
const KEY = /^tg(?:svc)?_[\w-]{32}$/
/** How much of a key after its mark anyone may see. */
const SHOWN_CHARACTERS = 7

/**
 * 192 bits from the system's generator, and a mark by which people know what it is. Processes from
 * before there were service keys look up nothing with theirs, and so take none for another kind.
 */
export const newKey = (kind: KeyKind): { key: string; prefix: string; hash: Uint8Array } => {
  const mark = kind === 'service' ? 'tgsvc_' : 'tg_'
  const key = `${mark}${randomBytes(RANDOM_BYTES).toString('base64url')}`
  const prefix = key.slice(0, mark.length + SHOWN_CHARACTERS)
  return { key, prefix, hash: createHash('sha256').update(key).digest() }
}

/** What a key opens, and until when. */
interface KnownKey {
  readonly id: string
  readonly principal: Principal
  readonly endsAtMs: number
}

/** Who a key stands for. Only its SHA-256 is compared, looked up or kept here. */
export class KeyRing {
  readonly #db: Database
  readonly #clock: Clock
  readonly #known: ReadCache<KnownKey>
  readonly #uses = new KeyUses()

  constructor(db: Database, clock: Clock) {
    this.#db = db
    this.#clock = clock
    this.#known = new ReadCache({
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

  /** Undefined when the key is unknown, revoked, past its time, or of a closed organization. */
  async principal(key: string): Promise<Principal | undefined> {
    if (!KEY.test(key)) return undefined
    const known = await this.#known.get(hash('sha256', key, 'base64'))
    const nowMs = this.#clock.now().getTime()
    if (!known || nowMs >= known.endsAtMs) return undefined
    this.#uses.note(known.id, nowMs)
    return known.principal
  }

  /** Writes when keys were used last, as far as that is not written. */
  writeUses(): Promise<void> {
    return this.#uses.drain((uses) => writeKeyUses(this.#db, uses))
  }

  /** Everything is looked up again: a key was made or ended somewhere. */
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
