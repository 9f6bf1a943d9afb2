import { onChange } from '../storage/changes.ts'
import type { RunningContext } from './create-context.ts'

/** Another process changed something, or wants something: what this one remembers is read again. */
export const watchChanges = (ctx: RunningContext): Promise<() => Promise<void>> =>
  onChange(ctx.db, (change) => {
    if (change.kind === 'organization') ctx.forgetOrganization(change.id)
    else if (change.kind === 'key') ctx.keys.forgetAll()
    else if (change.kind === 'recall') {
      ctx.leases
        .recalled(change.id)
        .then((hadAny) => (hadAny ? ctx.recorder.flush() : undefined))
        .catch((error: unknown) => ctx.log.warn({ error }, 'a recall could not be answered'))
    } else {
      if (change.kind === 'everything') {
        ctx.forgetOrganizations()
        ctx.keys.forgetAll()
      }
      ctx.catalog
        .refresh()
        .catch((error: unknown) => ctx.log.warn({ error }, 'the catalog could not be read again'))
    }
  })
