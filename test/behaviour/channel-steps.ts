import type { DomainEventData } from '../../src/contract/domain-event-kinds.ts'
import type { TollgateEngine } from '../../src/contract/tollgate.ts'
import type { Database } from '../../src/storage/database.ts'
import { tellEvents } from '../../src/storage/tables/domain-events.ts'
import type { Received } from '../connectors/outbound/receiver.ts'
import { deliver } from './webhook-steps.ts'

type Alert = DomainEventData<'alert.fired'>

/** Emits alert events in one transaction, as the alert rules do. */
export const fires = (
  db: Database,
  at: Date,
  organizationId: string,
  ...alerts: (Partial<Alert> & { readonly kind?: 'alert.fired' | 'alert.recovered' })[]
) =>
  db.transaction((tx) =>
    tellEvents(
      tx,
      alerts.map(({ kind = 'alert.fired', ...more }) => ({
        organizationId,
        kind,
        subject: 'limit:credits/month',
        occurredAt: at,
        data: {
          firingId: 'f',
          alertId: 'a',
          rule: 'limit_share',
          severity: 'warning',
          title: 'Something',
          subject: 'credits/month',
          value: '80',
          threshold: '80',
          maximum: '100',
          unit: 'credits',
          windowStart: null,
          windowEnd: null,
          standing: false,
          cause: `${organizationId}:${more.title ?? ''}`,
          occurredAt: at.toISOString(),
          decidedAt: at.toISOString(),
          ...more,
        },
      })),
    ),
  )

export interface Clocked {
  readonly clock: { advance(byMs: number): Promise<void>; set(to: string): Promise<void> }
  readonly tollgate: TollgateEngine
}

/** Sends what is due, waits for the grouping minute, and sends again. */
export const gathered = async ({ clock, tollgate }: Clocked, ms = 60_000) => {
  await deliver(tollgate)
  await clock.advance(ms)
  await deliver(tollgate)
}

interface SlackText {
  readonly text: string
  readonly blocks: readonly { readonly type: string }[]
}

/** The message that the Slack stand-in received. */
export const slackOf = ({ body }: Received): SlackText => JSON.parse(body)

/** The blocks of a message as text. */
export const shownIn = (one: Received): string =>
  slackOf(one)
    .blocks.map((block) => JSON.stringify(block))
    .join('\n')
