import { hkdfSync, randomBytes } from 'node:crypto'
import type { SigningKey } from '../../contract/authentication.ts'
import type { CallOptions } from '../../contract/call.ts'
import { announce } from '../../storage/changes.ts'
import type { Database, Queryable } from '../../storage/database.ts'
import {
  findServerSecrets,
  insertServerSecret,
  retireServerSecrets,
  type ServerSecretRow,
} from '../../storage/tables/server-secrets.ts'
import { actorOf } from '../audit/actor-of.ts'
import { appendAudit } from '../audit/append-audit.ts'
import type { Clock } from '../clock.ts'
import type { Context } from '../context.ts'
import { resealAll, SEALING } from './sealing.ts'

const TTL_MS = 60_000
/**
 * A key id that is unknown here may be new. But anybody can make one up, so it is looked up at most
 * this often.
 */
const UNKNOWN_TTL_MS = 1_000
const SECRET_BYTES = 32

/**
 * Signing keys, each derived for one purpose (HKDF, SHA-256) from the server's secret. All
 * processes on a database share the secret, so each can verify the others' signatures. The secret
 * itself never leaves this class.
 */
export class SigningKeys {
  readonly #db: Database
  readonly #clock: Clock
  readonly #ids: () => string
  #secrets: readonly ServerSecretRow[] = []
  /** By their purpose, while the secrets are the same: deriving one takes longer than signing. */
  #keys = new Map<string, readonly SigningKey[]>()
  #readAtMs = Number.NEGATIVE_INFINITY

  constructor(db: Database, clock: Clock, ids: () => string) {
    this.#db = db
    this.#clock = clock
    this.#ids = ids
  }

  /**
   * The current key first, then those that are still accepted. Reads again for a key id that is
   * unknown.
   */
  async of(purpose: string, keyId?: string): Promise<readonly SigningKey[]> {
    const ageMs = this.#clock.now().getTime() - this.#readAtMs
    const isKnown = keyId === undefined || this.#secrets.some(({ id }) => id === keyId)
    if (ageMs < 0 || ageMs >= (isKnown ? TTL_MS : UNKNOWN_TTL_MS)) await this.#read()
    const known = this.#keys.get(purpose)
    if (known) return known
    const keys = this.#secrets.map((row) => keyOf(row, purpose))
    this.#keys.set(purpose, keys)
    return keys
  }

  forget(): void {
    this.#readAtMs = Number.NEGATIVE_INFINITY
  }

  async #read(): Promise<void> {
    const at = this.#clock.now()
    let secrets = await findServerSecrets(this.#db, at)
    if (secrets.length === 0) {
      await insertServerSecret(this.#db, newSecret(this.#ids(), at))
      secrets = await findServerSecrets(this.#db, at)
    }
    this.#secrets = secrets
    this.#keys = new Map()
    this.#readAtMs = at.getTime()
  }
}

const newSecret = (id: string, at: Date) => ({ id, secret: randomBytes(SECRET_BYTES), at })

const derived = (secret: Uint8Array, purpose: string): Uint8Array =>
  new Uint8Array(hkdfSync('sha256', secret, new Uint8Array(), `tollgate ${purpose}`, SECRET_BYTES))

const keyOf = ({ id, secret }: ServerSecretRow, purpose: string): SigningKey => ({
  id,
  key: derived(secret, purpose),
})

/**
 * Starts a new secret for signatures. Those of the former secret stay valid for `acceptedForMs`.
 * Encrypted texts are encrypted again, since they must always stay readable.
 */
export const rotateSigningKeys = async (
  ctx: Context,
  acceptedForMs: number,
  options: CallOptions = {},
): Promise<void> => {
  const at = ctx.clock.now()
  await ctx.db.transaction(async (tx: Queryable) => {
    const former = await findServerSecrets(tx, at)
    const next = newSecret(ctx.ids(), at)
    await retireServerSecrets(tx, new Date(at.getTime() + acceptedForMs), at)
    await insertServerSecret(tx, next)
    const formerKeys = former.map((row) => keyOf(row, SEALING))
    await resealAll(tx, formerKeys, keyOf(next, SEALING))
    await appendAudit(tx, ctx, {
      organizationId: null,
      category: 'security',
      action: 'signing_keys.rotated',
      ...actorOf(options),
      subject: 'signing_keys',
      new: { formerAcceptedForMs: acceptedForMs },
    })
    await announce(tx, 'key', 'server')
  })
  ctx.signingKeys.forget()
}
