import type { DomainEventData, DomainEventKind } from '../../contract/domain-event-kinds.ts'
import type { ToldEvent } from '../../core/audit.ts'

/** An event for an act, with the data of its kind. It is written together with the act. */
export const told = <Kind extends DomainEventKind>(
  kind: Kind,
  data: DomainEventData<Kind>,
): ToldEvent => ({ kind, data })
