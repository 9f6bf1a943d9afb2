import type { DomainEventData, DomainEventKind } from '../../contract/domain-event-kinds.ts'
import type { ToldEvent } from '../../core/audit.ts'

/** What whoever listens is told of an act, with the data that its kind has. */
export const told = <Kind extends DomainEventKind>(
  kind: Kind,
  data: DomainEventData<Kind>,
): ToldEvent => ({ kind, data })
