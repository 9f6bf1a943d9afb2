import type { CallOptions } from '../../contract/call.ts'
import type { ToldEvent } from '../../core/audit.ts'
import type { Queryable } from '../../storage/database.ts'
import type { EndpointRow } from '../../storage/tables/endpoints.ts'
import { actorOf } from '../audit/actor-of.ts'
import { appendAudit } from '../audit/append-audit.ts'
import type { Context } from '../context.ts'
import { ownerOf } from '../events/event-value.ts'

interface Act {
  readonly action: string
  /** The caller's options. Without a caller, `actor` says who acted. */
  readonly options?: CallOptions
  readonly actor?: string
  readonly old?: unknown
  readonly now?: unknown
  readonly told?: readonly ToldEvent[]
}

/** Appends an action on a channel to its owner's audit chain. */
export const auditChannel = async (
  tx: Queryable,
  ctx: Pick<Context, 'clock'>,
  { id, organization_id }: Pick<EndpointRow, 'id' | 'organization_id'>,
  { action, options = {}, actor, old, now, told }: Act,
): Promise<void> => {
  await appendAudit(tx, ctx, {
    organizationId: ownerOf(organization_id),
    category: 'webhooks',
    action,
    ...(actor === undefined ? actorOf(options) : { actor }),
    subject: `channel:${id}`,
    old,
    new: now,
    told,
  })
}
