import type { UsageWarning } from '../../contract/insight.ts'
import { meterWords } from '../../core/amount-words.ts'

/** The status of a limit, by its effect on the customer. */
export type LimitStanding = 'ok' | 'near' | 'reached' | 'overage' | 'soft' | 'unlimited'

/** All texts of the components, in one file per language. Values arrive formatted. */
export interface Messages {
  readonly of: (used: string, max: string) => string
  readonly unlimited: string
  readonly notPriced: string
  readonly soFar: string
  readonly loading: string
  readonly retry: string
  readonly copy: string
  readonly copied: string
  readonly cancel: string
  readonly close: string
  readonly asOf: (clock: string, zone: string) => string
  readonly stale: (clock: string) => string
  readonly failed: string
  readonly refused: string
  readonly noToken: string
  readonly requestId: (id: string) => string
  readonly table: string
  readonly chart: string
  readonly when: string
  readonly total: string

  /** The name of a meter, by its key. */
  readonly meter: (key: string) => string
  /** The name of a limit, from the name of its meter. */
  readonly limit: (meter: string, window: string) => string
  /** The name of a limit in a list of plans, without the dates of a period. */
  readonly planLimit: (meter: string, window: string) => string
  readonly standing: Readonly<Record<LimitStanding, string>>
  /** The effect past a limit, as a sentence. */
  readonly after: Readonly<Record<'hard' | 'soft' | 'overage', string>>
  readonly held: (amount: string) => string
  readonly expected: (amount: string) => string
  readonly left: (amount: string) => string
  readonly resets: (clock: string, stretch: string | undefined) => string
  readonly warning: (
    warning: UsageWarning,
    words: { limit: string; percent: string; date: string | undefined },
  ) => string
  readonly dismiss: string
  readonly upgrade: string

  readonly usage: string
  readonly period: string
  readonly timeLeft: (stretch: string) => string
  readonly limits: string
  readonly noLimits: string
  readonly calls: string
  readonly credits: string
  readonly errors: string
  readonly errorsOf: (count: number, text: string) => string
  readonly errorRate: string
  readonly users: string
  readonly unpriced: (count: number) => string
  readonly daily: (unit: string) => string
  readonly dailySummary: (unit: string, peak: string, span: string) => string
  readonly nothingUsed: (span: string) => string
  readonly readByKeys: string
  readonly byEventType: string
  readonly firstOf: (shown: number, all: number) => string
  readonly eventType: string
  readonly share: string
  readonly forecast: (words: {
    expected: string
    low: string | undefined
    high: string | undefined
    date: string
    unit: string
  }) => string
  readonly noForecast: string

  readonly events: string
  readonly time: string
  readonly user: string
  readonly endpoint: string
  readonly status: string
  readonly cost: string
  readonly from: string
  readonly to: string
  readonly filters: string
  readonly allTypes: string
  readonly clear: string
  readonly noEvents: string
  readonly noEventsFit: string
  readonly shown: (first: string, last: string, total: string | undefined) => string
  readonly summary: (events: string, credits: string, cost: string) => string
  readonly previous: string
  readonly next: string
  readonly exportCsv: string
  readonly takenBack: string

  readonly plans: string
  readonly currentPlan: string
  readonly scheduledPlan: (date: string) => string
  readonly aMonth: string
  readonly byAgreement: string
  readonly noPlans: string
  readonly choose: (plan: string) => string
  readonly choosing: string
  readonly newerVersion: string
  readonly fits: string
  readonly included: (amount: string, limit: string) => string
  readonly pastIt: Readonly<Record<'hard' | 'soft' | 'overage', string>>

  readonly billing: string
  readonly nextInvoice: string
  readonly expectedAtEnd: string
  readonly soFarOf: (span: string) => string
  readonly invoices: string
  readonly noInvoices: string
  readonly amount: string
  readonly open: string
  readonly carried: (amount: string) => string
  readonly payment: (state: string) => string

  readonly keys: string
  readonly noKeys: string
  readonly name: string
  readonly prefix: string
  readonly scopes: string
  readonly created: string
  readonly lastUsed: string
  readonly expires: string
  readonly never: string
  readonly createKey: string
  readonly creating: string
  readonly rotate: string
  readonly rotateTitle: (name: string) => string
  readonly rotateText: (stretch: string) => string
  readonly revoke: string
  readonly revokeTitle: (name: string) => string
  readonly revokeText: (lastUsed: string) => string
  readonly typeName: (name: string) => string
  readonly secretTitle: string
  readonly secretText: string
  readonly secretKept: string
  readonly keyState: Readonly<Record<'active' | 'ending' | 'expired' | 'revoked', string>>
  readonly scope: (scope: string) => string
  readonly days: (count: number) => string
  readonly actions: string
}

/** `ai_calls` as `AI calls`. */
export const plainMeter = meterWords

export const sentence = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)
