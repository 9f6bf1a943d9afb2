/** From the least to the most. */
export const SEVERITIES = ['info', 'warning', 'critical'] as const
export type Severity = (typeof SEVERITIES)[number]

/** What does not wait: neither for company nor for the end of quiet hours. */
export const URGENT: Severity = 'critical'

/** Of kinds of events that do not say it themselves; any other is for information. */
const OF_KINDS: Readonly<Record<string, Severity>> = {
  'invoice.failed': 'critical',
  'payment.failed': 'warning',
  'job.failed': 'warning',
  'webhook.disabled': 'warning',
  'channel.failing': 'warning',
  'channel.disabled': 'warning',
  'limit.reached': 'warning',
  'credits.exhausted': 'warning',
  'subscription.ended': 'warning',
}

export const URGENT_KINDS: readonly string[] = Object.keys(OF_KINDS).filter(
  (kind) => OF_KINDS[kind] === URGENT,
)

const isSeverity = (text: unknown): text is Severity => SEVERITIES.includes(text as Severity)

export const rankOf = (severity: Severity): number => SEVERITIES.indexOf(severity)

/** An alert says how severe it is; of every other event its kind does. */
export const severityOf = (kind: string, data: Readonly<Record<string, unknown>>): Severity =>
  isSeverity(data.severity) ? data.severity : (OF_KINDS[kind] ?? 'info')

/** Of several; that of none is the least. */
export const highestOf = (severities: readonly Severity[]): Severity =>
  severities.reduce<Severity>((one, other) => (rankOf(other) > rankOf(one) ? other : one), 'info')
