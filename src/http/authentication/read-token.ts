import { TollgateError } from '../../contract/errors.ts'
import type { Principal } from '../../contract/tenancy.ts'
import { DEFAULT_READER_RIGHTS, type Right } from '../../core/rights.ts'
import type { EngineForAuthentication } from './authentication.ts'
import { createSignedTokens, type SignedTokens } from './signed-token.ts'

interface WantedReadToken {
  readonly organizationId: string
  readonly expiresInSeconds: number
  readonly rights: readonly Right[]
  /** The origins whose pages may use the token; undefined: any origin. */
  readonly origins: readonly string[] | undefined
}

/** Tokens with which a browser can read one organization for a limited time. */
export interface ReadTokens extends Pick<SignedTokens, 'isOne'> {
  readonly issue: (wanted: WantedReadToken) => Promise<{
    readonly token: string
    readonly expiresAt: string
    readonly rights: readonly Right[]
    readonly origins: readonly string[] | null
  }>
  readonly check: (credential: string) => Promise<Principal | 'expired' | 'invalid'>
}

/** Also the `typ` of the tokens, in lower case, as types are compared. */
const PURPOSE = 'tollgate-read+jwt'

/**
 * Read tokens are not stored. The signature proves the origin, and the organization must be open.
 */
export const createReadTokens = (
  tollgate: Pick<EngineForAuthentication, 'signing' | 'organizations'>,
  { now, ids }: { readonly now: () => Date; readonly ids: () => string },
): ReadTokens => {
  const keys = (keyId?: string) => tollgate.signing.keys(PURPOSE, keyId)
  const tokens = createSignedTokens({ prefix: 'tgr_', type: PURPOSE }, keys, now)
  const isOpen = async (organizationId: string): Promise<boolean> => {
    try {
      return (
        (await tollgate.organizations.get({ organizationId: organizationId })).status === 'active'
      )
    } catch (error) {
      if (error instanceof TollgateError && error.code === 'not_found') return false
      throw error
    }
  }
  return {
    isOne: tokens.isOne,
    issue: async ({ organizationId, expiresInSeconds, rights, origins }) => {
      if (!(await isOpen(organizationId))) throw new TollgateError('not_found')
      const [key] = await keys()
      if (!key) throw new TollgateError('internal', { detail: 'there is no key to sign by' })
      // Whole seconds, as in the token, so that it expires exactly when stated.
      const endSeconds = Math.floor(now().getTime() / 1_000) + expiresInSeconds
      const expiresAt = new Date(endSeconds * 1_000)
      const token = await tokens.sign(
        { id: ids(), sub: organizationId, expiresAt, rights, ...(origins && { origins }) },
        key,
      )
      return { token, expiresAt: expiresAt.toISOString(), rights, origins: origins ?? null }
    },
    check: async (credential) => {
      const verdict = await tokens.verify(credential)
      if (verdict.outcome !== 'valid') return verdict.outcome
      const { sub: organizationId, rights, origins } = verdict.payload
      if (typeof organizationId !== 'string') return 'invalid'
      if (!(await isOpen(organizationId))) return 'expired'
      return {
        kind: 'reader',
        organizationId,
        actor: `reader:${verdict.id}`,
        // The content was validated when the token was signed.
        rights: Array.isArray(rights) ? rights : DEFAULT_READER_RIGHTS,
        ...(Array.isArray(origins) && { origins }),
      }
    },
  }
}
