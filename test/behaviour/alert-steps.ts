import { EVENT_KINDS } from '../../src/contract/domain-event-kinds.ts'
import type { DomainEvent } from '../../src/contract/domain-events.ts'
import type { TollgateEngine } from '../../src/contract/tollgate.ts'

/** The rule on shares of limits that everybody has. */
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

/** What was told of alerts, the oldest first, each with the data that its kind says. */
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

/** Of each what it is about and from where on, in words as short as can be. */
export const inShort = (told: readonly Told[]) =>
  told.map(({ kind, subject, threshold, maximum, standing }) =>
    [kind, subject, `${threshold}/${maximum}`, ...(standing ? ['standing'] : [])].join(' '),
  )
