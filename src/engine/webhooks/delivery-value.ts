import type { Delivery } from '../../contract/webhooks.ts'
import type { DeliveryRow } from '../../storage/tables/deliveries.ts'
import { ownerOf } from '../events/event-value.ts'

export const deliveryOf = (row: DeliveryRow): Delivery => ({
  id: row.id,
  endpointId: row.endpoint_id,
  eventId: row.event_id,
  kind: row.kind,
  eventOrganizationId: ownerOf(row.event_organization_id),
  state: row.state,
  reason: row.reason,
  attempts: row.attempts,
  messageId: row.message_id,
  nextAttemptAt: row.next_attempt_at?.toISOString() ?? null,
  createdAt: row.created_at.toISOString(),
  doneAt: row.done_at?.toISOString() ?? null,
})
