import { checkSchedule } from '../engine/jobs/schedule.ts'
import type { TollgateOptions } from '../engine/options.ts'
import type { CliContext } from './context.ts'
import { CliFailure } from './failure.ts'

const METER = /^([\w.-]{1,100})=([\w.-]{1,100})(?::(\d|1[0-2]))?$/
const INSTANT = /^\d{4}-\d{2}-\d{2}(?:T[\d:.]+(?:Z|[+-]\d{2}:\d{2}))?$/

/** Reads the billing options. Secrets come from the environment only. */
export const billingOptions = (
  env: CliContext['env'],
): Pick<TollgateOptions, 'billing' | 'stripe'> => {
  const { STRIPE_SECRET_KEY: secretKey, STRIPE_API_BASE: apiBase } = env
  const { STRIPE_WEBHOOK_SECRET: webhookSecrets, STRIPE_CREATE_CUSTOMERS: creates } = env
  const since = sinceOf(env.TOLLGATE_BILLING_SINCE)
  const schedule = scheduleOf(env.TOLLGATE_BILLING_SCHEDULE)
  if (apiBase && !/^https?:\/\/[^/]+\/?$/i.test(apiBase)) {
    throw new CliFailure('STRIPE_API_BASE must be a URL without a path: https://api.stripe.com.')
  }
  if (secretKey && !/^(?:sk|rk)_[\x21-\x7e]{4,500}$/.test(secretKey)) {
    // The message does not repeat the value, which is a secret.
    throw new CliFailure('STRIPE_SECRET_KEY must be a secret or restricted key: sk_… or rk_….')
  }
  if (creates && creates !== 'true' && creates !== 'false') {
    throw new CliFailure('STRIPE_CREATE_CUSTOMERS must be true or false.')
  }
  const webhookSecret = webhookSecrets ? secretsOf(webhookSecrets) : undefined
  return {
    ...((since || schedule) && {
      billing: { ...(since && { since }), ...(schedule && { schedule }) },
    }),
    ...(secretKey && {
      stripe: {
        secretKey,
        ...(apiBase && { apiBase }),
        ...(webhookSecret && { webhookSecret }),
        ...(creates === 'true' && { createCustomers: true }),
        ...meteringOptions(env),
      },
    }),
  }
}

/** Several secrets are allowed while one replaces another. */
const secretsOf = (text: string): readonly string[] => {
  const secrets = text.split(',').map((secret) => secret.trim())
  if (secrets.every((secret) => /^whsec_[\x21-\x7e]{4,500}$/.test(secret))) return secrets
  // The message does not repeat the values, which are secrets.
  throw new CliFailure('STRIPE_WEBHOOK_SECRET must be whsec_…; separate several by commas.')
}

/**
 * Reads `STRIPE_METERS`, which turns on metered use and names the meters: `tokens=tokens_used,…`,
 * or `credits=milli_credits:3` for a Stripe meter that counts thousandths.
 */
const meteringOptions = ({
  STRIPE_METERS: meters,
  STRIPE_METER_BUCKET: bucket,
}: CliContext['env']) => {
  if (!meters) return {}
  const pairs = meters.split(',').map((pair) => METER.exec(pair.trim()))
  if (pairs.includes(null)) {
    throw new CliFailure('STRIPE_METERS must be pairs of meter and event name: tokens=tokens_used.')
  }
  if (bucket && bucket !== 'hour' && bucket !== 'day') {
    throw new CliFailure('STRIPE_METER_BUCKET must be hour or day.')
  }
  return {
    mode: 'meter_events' as const,
    meters: Object.fromEntries(
      pairs.map((pair) => {
        const [, meter = '', eventName = '', decimals = '0'] = pair ?? []
        return [meter, { eventName, decimals: Number(decimals) }]
      }),
    ),
    ...(bucket && { bucket: bucket as 'hour' | 'day' }),
  }
}

const scheduleOf = (text: string | undefined): string | undefined => {
  if (!text) return undefined
  try {
    checkSchedule(text)
    return text
  } catch {
    throw new CliFailure(
      'TOLLGATE_BILLING_SCHEDULE must be a cron expression in UTC: */15 * * * *.',
    )
  }
}

const sinceOf = (text: string | undefined): Date | undefined => {
  if (!text) return undefined
  const since = new Date(text)
  if (INSTANT.test(text) && !Number.isNaN(since.getTime())) return since
  throw new CliFailure('TOLLGATE_BILLING_SINCE must be a day or an instant: 2026-01-31.')
}
