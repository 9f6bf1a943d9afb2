import { parse } from '../../contract/parse.ts'
import {
  type ApiKeyCreated,
  type ApiKeyCreateInput,
  apiKeyCreateSchema,
} from '../../contract/tenancy.ts'
import { announce } from '../../storage/changes.ts'
import { insertApiKey } from '../../storage/tables/api-keys.ts'
import type { Context } from '../context.ts'
import { newKey } from './key-ring.ts'
import { existing } from './organizations.ts'

/** A key for an organization, or (`null`) for the platform's administrator. Shown this once. */
export const createApiKey = async (
  ctx: Context,
  organizationId: string | null,
  input: ApiKeyCreateInput,
): Promise<ApiKeyCreated> => {
  const { name, expiresAt = null } = parse(apiKeyCreateSchema, input)
  if (organizationId !== null) await existing(ctx, organizationId)
  const at = ctx.clock.now()
  const id = ctx.ids()
  const { key, prefix, hash } = newKey()
  await ctx.db.transaction(async (tx) => {
    await insertApiKey(tx, { id, organizationId, name, prefix, hash, expiresAt, at })
    await announce(tx, 'key', id)
  })
  ctx.keys.forgetAll()
  return {
    id,
    key,
    name,
    prefix,
    organizationId,
    createdAt: at.toISOString(),
    expiresAt: expiresAt?.toISOString() ?? null,
  }
}
