import type { Webhook } from '../../contract/webhooks.ts'
import type { EndpointRow } from '../../storage/tables/endpoints.ts'
import { ownerOf } from '../events/event-value.ts'

export const webhookOf = (row: EndpointRow): Webhook => ({
  id: row.id,
  organizationId: ownerOf(row.organization_id),
  url: row.target,
  kinds: [...row.kinds],
  description: row.description,
  state: row.state,
  reason: row.reason,
  createdAt: row.created_at.toISOString(),
  updatedAt: row.updated_at.toISOString(),
  failingSince: row.failing_since?.toISOString() ?? null,
  lastSuccessAt: row.last_ok_at?.toISOString() ?? null,
  formerSecretUntil: row.former_until?.toISOString() ?? null,
})
