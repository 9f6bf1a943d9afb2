import type { PREVIEW_SAMPLES } from '../../contract/channels.ts'
import type { DomainEventData } from '../../contract/domain-event-kinds.ts'
import type { DomainEventRow } from '../../storage/tables/domain-events.ts'

type Alert = DomainEventData<'alert.fired'>
type Sample = (typeof PREVIEW_SAMPLES)[number]

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS

/** Sample events for a preview. They belong to an organization that does not exist. */
export const sampleEvents = (sample: Sample, at: Date): DomainEventRow[] => {
  const ago = (ms: number) => new Date(at.getTime() - ms)
  const budget = {
    firingId: 'sample-1',
    title: '80 % of credits/month is used: 80,412.5 of 100,000 credits',
  }
  const fired = alert('alert.fired', ago(2 * MINUTE_MS), budget)
  if (sample === 'alert') return [fired]
  const over = alert('alert.recovered', ago(MINUTE_MS), {
    ...budget,
    title: `Recovered: ${budget.title}`,
    value: '78000',
  })
  if (sample === 'recovered') return [over]
  return [
    alert('alert.fired', ago(7 * HOUR_MS), budget),
    alert('alert.fired', ago(6 * HOUR_MS), {
      firingId: 'sample-2',
      title: '5.2 % of calls of chat_message are errors: past 5 %',
      rule: 'error_rate',
      subject: 'chat_message',
      unit: 'percent',
      value: '5.2',
      threshold: '5',
      maximum: null,
      windowStart: null,
      windowEnd: null,
    }),
    alert('alert.recovered', ago(5 * HOUR_MS), { firingId: 'sample-2' }),
    {
      ...fired,
      kind: 'payment.failed',
      id: 'sample-3',
      occurred_at: ago(4 * HOUR_MS),
      data: { stripeInvoiceId: 'in_1P9', currency: 'EUR', dueMinorUnits: 12_900, attempts: 2 },
    },
  ]
}

const alert = (
  kind: 'alert.fired' | 'alert.recovered',
  at: Date,
  more: Partial<Alert>,
): DomainEventRow => {
  const month = (plus: number) =>
    new Date(Date.UTC(at.getUTCFullYear(), at.getUTCMonth() + plus, 1)).toISOString()
  const data: Alert = {
    firingId: 'sample',
    alertId: 'sample',
    rule: 'limit_share',
    severity: 'warning',
    title: '',
    subject: 'credits/month',
    unit: 'credits',
    standing: false,
    cause: 'sample',
    value: '80412.5',
    threshold: '80000',
    maximum: '100000',
    windowStart: month(0),
    windowEnd: month(1),
    occurredAt: at.toISOString(),
    decidedAt: at.toISOString(),
    ...more,
  }
  return {
    organization_id: 'northlight',
    sequence: 1n,
    id: `${kind}:${data.firingId}`,
    kind,
    subject: 'limit:credits/month/organization',
    data: { ...data },
    occurred_at: at,
  }
}
