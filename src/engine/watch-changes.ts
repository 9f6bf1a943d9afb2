import { onChange } from '../storage/changes.ts'
import type { RunningContext } from './create-context.ts'

/**
 * Follows changes and requests of other processes, until the returned function is called. It drops
 * cached values that changed, and releases leases that this process does not need.
 */
export const watchChanges = async (ctx: RunningContext): Promise<() => Promise<void>> => {
  await ctx.recalls.listen()
  const stop = await onChange(ctx.db, (change) => {
    if (change.kind === 'organization') ctx.forgetOrganization(change.id)
    else if (change.kind === 'key') forgetKeys(ctx)
    else if (change.kind === 'member') ctx.members.forget(change.id)
    else {
      if (change.kind === 'everything') {
        ctx.forgetOrganizations()
        forgetKeys(ctx)
        ctx.members.forgetAll()
      }
      ctx.catalog
        .refresh()
        .catch((error: unknown) => ctx.log.warn({ error }, 'the catalog could not be read again'))
    }
  })
  return async () => {
    await stop()
    await ctx.recalls.close()
  }
}

/** Drops the callers' keys and the server's signing keys. */
const forgetKeys = (ctx: RunningContext): void => {
  ctx.keys.forgetAll()
  ctx.signingKeys.forget()
}
