import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import type { SigningKey } from '../../contract/authentication.ts'
import type { Queryable } from '../../storage/database.ts'
import { putSecrets, sealedEndpoints } from '../../storage/tables/endpoints.ts'
import { isServerSecretInForce } from '../../storage/tables/server-secrets.ts'

/** The purpose for which the server's keys are derived. */
export const SEALING = 'secrets of endpoints'

const ALGORITHM = 'aes-256-gcm'
const IV_BYTES = 12
const TAG_BYTES = 16
const ENDPOINTS_AT_ONCE = 500

/** Encrypts a text with the server's key and binds it to its owner: `<key>.<iv, tag, text>`. */
export const sealed = (text: string, { id, key }: SigningKey, of: string): string => {
  const iv = randomBytes(IV_BYTES)
  const cipher = createCipheriv(ALGORITHM, key, iv).setAAD(Buffer.from(of))
  const bytes = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
  return `${id}.${Buffer.concat([iv, cipher.getAuthTag(), bytes]).toString('base64url')}`
}

/** Decrypts a text. Throws if none of the keys fits, or the text is not what was encrypted. */
export const unsealed = (text: string, keys: readonly SigningKey[], of: string): string => {
  const [keyId, encoded = ''] = text.split('.')
  const key = keys.find(({ id }) => id === keyId)?.key
  if (!key) throw new Error(`nothing can be unsealed by the key ${keyId}`)
  const bytes = Buffer.from(encoded, 'base64url')
  const decipher = createDecipheriv(ALGORITHM, key, bytes.subarray(0, IV_BYTES))
    .setAAD(Buffer.from(of))
    .setAuthTag(bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES))
  return decipher.update(bytes.subarray(IV_BYTES + TAG_BYTES), undefined, 'utf8') + decipher.final()
}

/** The id of the key that encrypted a text. */
export const keyIdOf = (text: string): string => text.slice(0, text.indexOf('.'))

interface Keys {
  readonly of: (purpose: string, keyId?: string) => Promise<readonly SigningKey[]>
  readonly forget: () => void
}

/**
 * Runs work with the current key, in a transaction in which the key stays current. Otherwise a key
 * could be retired meanwhile, and what it encrypted would be lost.
 */
export const sealing = async <Result>(
  keys: Keys,
  transaction: <T>(work: (tx: Queryable) => Promise<T>) => Promise<T>,
  work: (tx: Queryable, key: SigningKey) => Promise<Result>,
): Promise<Result> => {
  for (let isFirst = true; ; isFirst = false) {
    const [key] = await keys.of(SEALING)
    if (!key) throw new Error('the server has no secret')
    const done = await transaction(async (tx) =>
      (await isServerSecretInForce(tx, key.id)) ? { result: await work(tx, key) } : undefined,
    )
    if (done) return done.result
    if (!isFirst) throw new Error('the secret of the server changed twice')
    keys.forget()
  }
}

/** Encrypts again everything that former keys encrypted, since those may expire soon. */
export const resealAll = async (
  tx: Queryable,
  former: readonly SigningKey[],
  key: SigningKey,
): Promise<void> => {
  let after: string | undefined
  for (;;) {
    const rows = await sealedEndpoints(tx, after, ENDPOINTS_AT_ONCE)
    for (const row of rows) {
      const anew = (text: string | null) =>
        text === null ? null : sealed(unsealed(text, former, row.id), key, row.id)
      await putSecrets(tx, {
        ...row,
        secret: anew(row.secret),
        former_secret: anew(row.former_secret),
      })
    }
    after = rows.at(-1)?.id
    if (rows.length < ENDPOINTS_AT_ONCE) return
  }
}
