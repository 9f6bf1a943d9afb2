import { createHash, randomBytes } from 'node:crypto'
import type { Principal } from '../../contract/tenancy.ts'
import type { Database } from '../../storage/database.ts'
import { type ApiKeyRow, findApiKey } from '../../storage/tables/api-keys.ts'
import type { Clock } from '../clock.ts'

const TTL_MS = 60_000
/** Wrong keys are remembered for a moment only: they must not fill the memory. */
const UNKNOWN_TTL_MS = 1_000
const MAX_ENTRIES = 10_000
const MAX_KEY_LENGTH = 200

/** 192 bits from the system's generator, and a prefix by which people know what it is. */
export const newKey = (): { key: string; prefix: string; hash: Uint8Array } => {
  const key = `tg_${randomBytes(24).toString('base64url')}`
  return { key, prefix: key.slice(0, 10), hash: digestOf(key) }
}

const digestOf = (key: string): Uint8Array => createHash('sha256').update(key).digest()

/** Who a key stands for. Only its SHA-256 is compared, looked up or kept here. */
export class KeyRing {
  readonly #db: Database
  readonly #clock: Clock
  readonly #entries = new Map<string, { row: ApiKeyRow | undefined; readAtMs: number }>()

  constructor(db: Database, clock: Clock) {
    this.#db = db
    this.#clock = clock
  }

  /** Undefined when the key is unknown, revoked or past its time. */
  async principal(key: string): Promise<Principal | undefined> {
    if (key === '' || key.length > MAX_KEY_LENGTH) return undefined
    const row = await this.#row(digestOf(key))
    if (!row || row.revoked_at !== null) return undefined
    if (row.expires_at !== null && row.expires_at <= this.#clock.now()) return undefined
    const actor = `key:${row.id}`
    return row.organization_id === null
      ? { kind: 'admin', actor }
      : { kind: 'organization', organizationId: row.organization_id, apiKeyId: row.id, actor }
  }

  /** Everything is looked up again: a key was made or revoked somewhere. */
  forgetAll(): void {
    this.#entries.clear()
  }

  async #row(digest: Uint8Array): Promise<ApiKeyRow | undefined> {
    const name = Buffer.from(digest).toString('base64')
    const nowMs = this.#clock.now().getTime()
    const entry = this.#entries.get(name)
    if (entry && nowMs - entry.readAtMs < (entry.row ? TTL_MS : UNKNOWN_TTL_MS)) return entry.row
    const row = await findApiKey(this.#db, digest)
    if (this.#entries.size >= MAX_ENTRIES) this.#entries.clear()
    this.#entries.set(name, { row, readAtMs: nowMs })
    return row
  }
}
