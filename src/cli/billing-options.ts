import type { TollgateOptions } from '../engine/options.ts'
import type { CliContext } from './context.ts'
import { CliFailure } from './failure.ts'

const INSTANT = /^\d{4}-\d{2}-\d{2}(?:T[\d:.]+(?:Z|[+-]\d{2}:\d{2}))?$/

/** How billing is done; a secret is given in the environment alone. */
export const billingOptions = (
  env: CliContext['env'],
): Pick<TollgateOptions, 'billing' | 'stripe'> => {
  const { STRIPE_SECRET_KEY: secretKey, STRIPE_API_BASE: apiBase } = env
  const since = sinceOf(env.TOLLGATE_BILLING_SINCE)
  if (apiBase && !/^https?:\/\/[^/]+\/?$/i.test(apiBase)) {
    throw new CliFailure('STRIPE_API_BASE must be a URL without a path: https://api.stripe.com.')
  }
  if (secretKey && !/^(?:sk|rk)_[\x21-\x7e]{4,500}$/.test(secretKey)) {
    // Not repeated: it is a secret.
    throw new CliFailure('STRIPE_SECRET_KEY must be a secret or restricted key: sk_… or rk_….')
  }
  return {
    ...(since && { billing: { since } }),
    ...(secretKey && { stripe: { secretKey, ...(apiBase && { apiBase }) } }),
  }
}

const sinceOf = (text: string | undefined): Date | undefined => {
  if (!text) return undefined
  const since = new Date(text)
  if (INSTANT.test(text) && !Number.isNaN(since.getTime())) return since
  throw new CliFailure('TOLLGATE_BILLING_SINCE must be a day or an instant: 2026-01-31.')
}
