import { z } from 'zod'
import { ROLES } from '../core/rights.ts'
import type { CallOptions, OfOrganization } from './call.ts'
import { type PageRequest, type Pages, pageOf, patchOf } from './page.ts'
import { answered, sent } from './schema-names.ts'
import { storableText } from './text.ts'

const userIdSchema = storableText(255)
  // A URL cannot contain these as a path segment.
  .refine((id) => id !== '.' && id !== '..', 'must not be "." or ".."')
  .describe("the user's id at sign-in: `sub` of the JWT")
const nameSchema = storableText(10_000).describe("the member's name, for people")

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

/** An organization of a user, with the user's role. */
export type Membership = Pick<Member, 'organizationId' | 'role'>

/** The users in an organization. */
export interface Members {
  /** Lists members by user id. */
  list(input?: OfOrganization & PageRequest, options?: CallOptions): Pages<Member>
  /** Adds a member. Only an owner may add another owner. */
  add(input: OfOrganization & MemberAddInput, options?: CallOptions): Promise<Member>
  /** Changes the role or the name. The last owner must stay an owner. */
  update(
    input: OfOrganization & { userId: string } & MemberUpdateInput,
    options?: CallOptions,
  ): Promise<Member>
  /**
   * Removes a member, effective in every process within a second. The last owner cannot be removed.
   */
  remove(input: OfOrganization & { userId: string }, options?: CallOptions): Promise<Member>
}
