import { EVENT_KINDS } from '../../src/contract/domain-event-kinds.ts'
import type { DomainEvent } from '../../src/contract/domain-events.ts'
import type { TollgateEngine } from '../../src/contract/tollgate.ts'

/** The built-in rule on shares of limits, which every organization has. */
export const BUILT_IN_SHARE = 'a1e20000-0000-4000-8000-000000000001'

export interface Told {
  readonly kind: 'fired' | 'recovered'
  readonly rule: string
  readonly severity: string
  readonly title: string
  readonly subject: string | null
  readonly value: string | null
  readonly threshold: string | null
  readonly maximum: string | null
  readonly unit: string | null
  readonly windowStart: string | null
  readonly occurredAt: string
  readonly decidedAt: string
  readonly standing: boolean
  readonly cause: string
  readonly alertId: string
  readonly firingId: string
}

/** The alert events of an organization, the oldest first. Validates their data. */
export const toldOf = async (
  tollgate: TollgateEngine,
  organizationId: string | null,
): Promise<readonly Told[]> => {
  const told: Told[] = []
  const events =
    organizationId === null
      ? tollgate.domainEvents.listPlatform()
      : tollgate.domainEvents.list({ organizationId })
  for await (const event of events) {
    if (!event.kind.startsWith('alert.')) continue
    told.unshift(toldIn(event))
  }
  return told
}

const toldIn = ({ kind, data }: DomainEvent): Told => {
  EVENT_KINDS[kind].data.strict().parse(data)
  return { kind: kind.slice('alert.'.length), ...data } as unknown as Told
}

/** Each event as a short text: kind, subject, threshold/maximum. */
export const inShort = (told: readonly Told[]) =>
  told.map(({ kind, subject, threshold, maximum, standing }) =>
    [kind, subject, `${threshold}/${maximum}`, ...(standing ? ['standing'] : [])].join(' '),
  )
