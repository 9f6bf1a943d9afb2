import { z } from 'zod'
import { ALL_RIGHTS, READER_RIGHTS, type Right, ROLES } from '../core/rights.ts'
import { answered, sent } from './schema-names.ts'

/** A signing key for one purpose. Its id selects the key when a signature is checked. */
export interface SigningKey {
  readonly id: string
  readonly key: Uint8Array
}

/** A sign-in: of a user, or of an administrator by a stored or configured key. */
export interface NewSession {
  readonly actor: string
  readonly userId?: string | undefined
  /** True when a claim in the user's token made them an administrator. */
  readonly isAdminByClaim?: boolean
  /** The stored key that opened the session. The session ends with it. */
  readonly apiKeyId?: string | undefined
  readonly expiresAt: Date
}

export interface Session extends NewSession {
  readonly id: string
}

export const readTokenCreateSchema = sent(
  'ReadTokenCreate',
  z.strictObject({
    expiresInSeconds: z
      .int('must be a whole number')
      .min(1, 'must be at least 1')
      .max(3_600, 'must be at most 3600')
      .default(900)
      .describe('how long the token is valid; default 900'),
    rights: z
      .array(z.enum(READER_RIGHTS as [Right, ...Right[]]))
      .min(1, 'must name at least one')
      .max(READER_RIGHTS.length)
      .optional()
      .describe('what the token may read; default: all but `invoices.read`'),
    origins: z
      .array(
        z
          .string()
          .max(255)
          .refine(
            (text) => URL.canParse(text) && new URL(text).origin === text,
            'must be an origin, such as https://app.example.com',
          ),
      )
      .min(1, 'must name at least one')
      .max(20, 'must name at most 20')
      .optional()
      .describe('the origins whose pages may use the token; default: any'),
  }),
)

export const readTokenCreatedSchema = answered(
  'ReadTokenCreated',
  z.object({
    token: z.string().describe('sent as `Authorization: Bearer`; only this answer contains it'),
    expiresAt: z.iso.datetime(),
    rights: z.array(z.string()),
    origins: z.array(z.string()).nullable().describe('null: any origin'),
  }),
)

export const sessionCreateSchema = sent(
  'SessionCreate',
  z.strictObject({
    credential: z
      .string()
      .min(1, 'must not be empty')
      .max(8_192, 'must be at most 8192 characters')
      .describe('an admin key, or a JWT of the configured issuer'),
  }),
)

export const sessionCodeSchema = sent(
  'SessionCode',
  z.strictObject({
    code: z
      .string()
      .min(1, 'must not be empty')
      .max(128, 'must be at most 128 characters')
      .describe('the code that the server printed at its start'),
  }),
)

const standingSchema = z.object({
  organizationId: z.string(),
  name: z.string(),
  role: z
    .enum(ROLES)
    .nullable()
    .describe('null: not a member, but a key or token of the organization'),
  rights: z
    .array(z.enum(ALL_RIGHTS as [Right, ...Right[]]))
    .describe('what the caller may do there'),
})

/** The caller, as they may see themselves. */
export const sessionSchema = answered(
  'Session',
  z.object({
    kind: z.enum(['admin', 'organization', 'service', 'user', 'reader', 'cron']),
    actor: z.string().describe("the caller's name in the audit log"),
    userId: z.string().optional().describe('set for a user'),
    organizationId: z
      .string()
      .optional()
      .describe('the only organization that the credential is valid for'),
    scopes: z.array(z.string()).optional().describe('the scopes of an API key or a service key'),
    organizations: z
      .array(standingSchema)
      .optional()
      .describe(
        'the ids of the organizations that the credential is valid for, at most a hundred; ' +
          'absent: all or none',
      ),
    expiresAt: z.iso.datetime().optional().describe('when the session ends'),
    csrfToken: z
      .string()
      .optional()
      .describe(
        "the session's token for the header `x-tollgate-csrf`, required unless the method is GET",
      ),
  }),
)
