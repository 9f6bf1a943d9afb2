import { distance } from 'fastest-levenshtein'
import { type CliContext, print } from './context.ts'

/** Every variable of the environment that the program looks at. A test holds it to that. */
export const VARIABLES: readonly string[] = [
  ...['TOLLGATE_ADMIN_KEY', 'TOLLGATE_ADMIN_CLAIM', 'TOLLGATE_ORIGINS'],
  ...['TOLLGATE_BILLING_SCHEDULE', 'TOLLGATE_BILLING_SINCE'],
  ...['TOLLGATE_LOG_LEVEL', 'TOLLGATE_DEBUG', 'TOLLGATE_JOURNAL'],
  ...['DATABASE_URL', 'REDIS_URL', 'TRUST_PROXY', 'CRON_SECRET', 'ADMIN_USER_IDS'],
  ...['JWT_SECRET', 'JWT_JWKS_URL', 'JWT_ISSUER', 'JWT_AUDIENCE', 'JWT_ALGORITHMS'],
  ...['STRIPE_SECRET_KEY', 'STRIPE_API_BASE', 'STRIPE_WEBHOOK_SECRET'],
  ...['STRIPE_CREATE_CUSTOMERS', 'STRIPE_METERS', 'STRIPE_METER_BUCKET'],
]

const PREFIX = 'TOLLGATE_'

/** Warns of variables that were meant for us and that nobody looks at, and which may be meant. */
export const warnOfUnknown = ({ env, stderr }: CliContext): void => {
  const unknown = Object.keys(env).filter(
    (name) => name.startsWith(PREFIX) && !name.startsWith(OF_TESTS) && !VARIABLES.includes(name),
  )
  for (const name of unknown.sort()) {
    print(stderr, `warning: ${name} is not read by anything; did you mean ${nearest(name)}?`)
  }
}

/** The tests set their own, which servers that they start inherit. */
const OF_TESTS = 'TOLLGATE_TEST'

/** By what stands after our prefix: some names have it, and some of others' do not. */
const nearest = (name: string): string => {
  const bare = (one: string): string => one.replace(PREFIX, '')
  const far = (one: string): number => distance(bare(name), bare(one))
  return VARIABLES.reduce((best, one) => (far(one) < far(best) ? one : best))
}
