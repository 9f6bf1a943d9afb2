import { z } from 'zod'
import { ROLES } from '../core/rights.ts'
import { changesSomething, pageOf } from './page.ts'
import { storableText } from './text.ts'

const userIdSchema = storableText(255)
  // No URL can have these as a part of its path.
  .refine((id) => id !== '.' && id !== '..', 'must not be "." or ".."')
  .describe('as the sign-in names the user: `sub` of the JWT')
const nameSchema = storableText(10_000).describe('what people call the member')

export const memberAddSchema = z.strictObject({
  userId: userIdSchema,
  role: z.enum(ROLES),
  name: nameSchema.optional(),
})
export type MemberAddInput = z.input<typeof memberAddSchema>

export const memberUpdateSchema = z
  .strictObject({
    role: z.enum(ROLES).optional(),
    name: nameSchema.nullable().optional().describe('null: none'),
  })
  .refine(changesSomething, 'must change something')
export type MemberUpdateInput = z.input<typeof memberUpdateSchema>

/** A user in an organization. */
export const memberSchema = z.object({
  organizationId: z.string(),
  userId: z.string(),
  role: z.enum(ROLES),
  name: z.string().nullable(),
  createdAt: z.iso.datetime(),
})
export type Member = z.output<typeof memberSchema>

export const memberPageSchema = pageOf(memberSchema)

/** An organization that a user is in, and as what. */
export type Membership = Pick<Member, 'organizationId' | 'role'>
