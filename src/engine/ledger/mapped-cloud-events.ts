import {
  type CloudEventMapping,
  isMappedBy,
  mappedEvent,
  mappedFrom,
} from '../../core/cloud-event-map.ts'
import { multiplierName } from '../../core/pricing.ts'
import type { KnownCaller } from '../access.ts'
import type { Context } from '../context.ts'
import type { Ingest, SentEvent } from './own-events.ts'

interface Candidate {
  readonly catalog: string
  readonly mapping: CloudEventMapping
  readonly event: Record<string, unknown>
}

/**
 * Replaces CloudEvents that a catalog maps by usage events. If several catalogs map one, the
 * catalog of the organization's plan is used.
 */
export const mapCloudEvents = (
  ctx: Pick<Context, 'catalog' | 'organizations'>,
  ingest: Ingest,
  caller: KnownCaller | undefined,
): Ingest => {
  const maps = ctx.catalog.catalogs.filter(({ document }) => document.cloudEvents !== undefined)
  if (maps.length === 0) return ingest
  const events = ingest.events.map((sent): SentEvent => {
    const { cloudEvent } = sent
    if (!cloudEvent) return sent
    const candidates = maps.flatMap(({ key, document, eventTypes }) => {
      const mapping = document.cloudEvents?.find((one) => isMappedBy(one, cloudEvent.content))
      if (!mapping) return []
      const multipliers = eventTypes.get(mapping.eventType)?.definition.multipliers ?? []
      const numbers = new Set(multipliers.map(multiplierName))
      return [{ catalog: key, mapping, event: mappedEvent(mapping, cloudEvent.content, numbers) }]
    })
    const chosen = chosenFor(ctx, candidates, caller)
    if (!chosen) return sent
    return {
      event: { ...chosen.event, ...cloudEvent.always },
      fieldName: (field) => nameOf(chosen.mapping, field),
    }
  })
  return { ...ingest, events }
}

const chosenFor = (
  { organizations }: Pick<Context, 'organizations'>,
  candidates: readonly Candidate[],
  caller: KnownCaller | undefined,
): Candidate | undefined => {
  if (candidates.length < 2) return candidates[0]
  const own = caller && 'organizationId' in caller ? caller.organizationId : undefined
  const isOwn = ({ catalog, event }: Candidate) => {
    const id = own ?? event.organizationId
    return typeof id === 'string' && organizations.known(id)?.catalog === catalog
  }
  return candidates.find(isOwn) ?? candidates[0]
}

/** The part of the CloudEvent from which a field was mapped. */
const nameOf = (mapping: CloudEventMapping, field: string): string => {
  if (field === 'id' || field === 'eventType') return field === 'id' ? 'id' : 'type'
  return field === 'timestamp' ? 'time' : (mappedFrom(mapping, field) ?? field)
}
