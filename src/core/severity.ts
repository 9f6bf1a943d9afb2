/** From the least to the most severe. */
export const SEVERITIES = ['info', 'warning', 'critical'] as const
export type Severity = (typeof SEVERITIES)[number]

/** The severity that is sent at once, without grouping and even in quiet hours. */
export const URGENT: Severity = 'critical'

/** The severity of kinds whose events do not state one. All other kinds are `info`. */
const OF_KINDS: Readonly<Record<string, Severity>> = {
  'invoice.failed': 'critical',
  'payment.failed': 'warning',
  'dispute.opened': 'warning',
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

/** The severity of an event: its own, if it states one, or else that of its kind. */
export const severityOf = (kind: string, data: Readonly<Record<string, unknown>>): Severity =>
  isSeverity(data.severity) ? data.severity : (OF_KINDS[kind] ?? 'info')

/** The highest of several severities; `info` of none. */
export const highestOf = (severities: readonly Severity[]): Severity =>
  severities.reduce<Severity>((one, other) => (rankOf(other) > rankOf(one) ? other : one), 'info')
