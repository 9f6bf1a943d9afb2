import { z } from 'zod'
import { ROLES } from '../core/rights.ts'
import type { CallOptions, OfOrganization } from './call.ts'
import { type PageRequest, type Pages, pageOf, patchOf } from './page.ts'
import { answered, sent } from './schema-names.ts'
import { storableText } from './text.ts'

const userIdSchema = storableText(255)
  // No URL can have these as a part of its path.
  .refine((id) => id !== '.' && id !== '..', 'must not be "." or ".."')
  .describe('as the sign-in names the user: `sub` of the JWT')
const nameSchema = storableText(10_000).describe('what people call the member')

export const memberAddSchema = sent(
  'MemberAdd',
  z.strictObject({
    userId: userIdSchema,
    role: z.enum(ROLES),
    name: nameSchema.optional(),
  }),
)
export type MemberAddInput = z.input<typeof memberAddSchema>

export const memberUpdateSchema = sent(
  'MemberUpdate',
  patchOf({
    role: z.enum(ROLES).optional(),
    name: nameSchema.nullable().optional().describe('null: none'),
  }),
)
export type MemberUpdateInput = z.input<typeof memberUpdateSchema>

/** A user in an organization. */
export const memberSchema = answered(
  'Member',
  z.object({
    organizationId: z.string(),
    userId: z.string(),
    role: z.enum(ROLES),
    name: z.string().nullable(),
    createdAt: z.iso.datetime(),
  }),
)
export type Member = z.output<typeof memberSchema>

export const memberPageSchema = answered('MemberPage', pageOf(memberSchema))

/** An organization that a user is in, and as what. */
export type Membership = Pick<Member, 'organizationId' | 'role'>

/** The users in an organization. */
export interface Members {
  /** In the order of the ids of the users. */
  list(input?: OfOrganization & PageRequest, options?: CallOptions): Pages<Member>
  /** Only an owner may make another owner. */
  add(input: OfOrganization & MemberAddInput, options?: CallOptions): Promise<Member>
  /** Changes the role or the name. The last owner stays an owner. */
  update(
    input: OfOrganization & { userId: string } & MemberUpdateInput,
    options?: CallOptions,
  ): Promise<Member>
  /** Holds in every process within a second. The last owner stays. */
  remove(input: OfOrganization & { userId: string }, options?: CallOptions): Promise<Member>
}
