import type { Tollgate } from '../contract/tollgate.ts'
import { opened, type Source } from './source.ts'

/** Whether an amount fits, and what is left of the most binding limit. */
export interface QuotaAnswer {
  readonly allowed: boolean
  /** `null`: no limit applies to the meter. */
  readonly remaining: number | null
  /** ISO 8601. */
  readonly resetAt: string | null
}

/**
 * Checks an amount and uses nothing. `withUsageTracking` or `trackUsage` counts the use. Two
 * concurrent callers may both be told yes; `reserve` is exact.
 */
export type EnforceQuota = (
  tenantId: string,
  meter: string,
  amount?: number,
) => Promise<QuotaAnswer>

export const enforceQuotaOf =
  (source: Source<Pick<Tollgate, 'usage'>>): EnforceQuota =>
  async (tenantId, meter, amount) => {
    const { usage } = await opened(source)
    const asked = { organizationId: tenantId, meter, ...(amount !== undefined && { amount }) }
    const { allowed, remaining, resetAt } = await usage.quota(asked)
    return { allowed, remaining, resetAt }
  }

/** The same check as an object. */
export interface QuotaEnforcer {
  readonly enforceQuota: EnforceQuota
  check(tenantId: string, meter: string, amount?: number): Promise<boolean>
}

export const quotaEnforcerOf = (
  source: Source<Pick<Tollgate, 'usage'>>,
): (new () => QuotaEnforcer) =>
  class implements QuotaEnforcer {
    readonly enforceQuota = enforceQuotaOf(source)

    async check(tenantId: string, meter: string, amount?: number): Promise<boolean> {
      return (await this.enforceQuota(tenantId, meter, amount)).allowed
    }
  }
