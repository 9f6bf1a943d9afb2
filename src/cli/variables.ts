interface Variable {
  /** Its description in the documents. */
  readonly says: string
  readonly example: string
}

/**
 * Every environment variable that the program reads. A test checks this, and `npm run gen` writes
 * docs/reference/environment.md from it.
 */
export const VARIABLES: Readonly<Record<string, Variable>> = {
  DATABASE_URL: {
    says:
      'The PostgreSQL for all data. Default, without `--data`: an embedded database in the ' +
      'folder `.tollgate`.',
    example: 'postgres://user:password@host:5432/name',
  },
  REDIS_URL: {
    says: 'A Redis that owns the counters of rates and quotas that need not be durable.',
    example: 'redis://user:password@host:6379',
  },
  TOLLGATE_JOURNAL: {
    says:
      'A folder on a local disk for answers that are not in the database yet; `off`: none. ' +
      '`start` uses `.tollgate/journal` by default.',
    example: '/var/lib/tollgate/journal',
  },
  TOLLGATE_ADMIN_KEY: {
    says: "The administrator's key. Beside an embedded database, one is generated if none is set.",
    example: 'a long random text',
  },
  TOLLGATE_ADMIN_CLAIM: {
    says: "The claim of a user's token that makes an administrator.",
    example: 'role=platform_admin',
  },
  ADMIN_USER_IDS: {
    says: 'The users who are administrators, separated by commas.',
    example: 'ada,grace',
  },
  TOLLGATE_ORIGINS: {
    says: 'Further origins from which a browser may use a session.',
    example: 'https://app.example.com',
  },
  TOLLGATE_ALLOWED_ORIGINS: {
    says:
      'Origins whose pages may call with a credential in a header (CORS), separated by commas. ' +
      'Default: none.',
    example: 'https://app.example.com',
  },
  JWT_SECRET: {
    says: "The secret that signs users' tokens, at least 32 bytes. Or set `JWT_JWKS_URL`.",
    example: 'a long random text',
  },
  JWT_JWKS_URL: {
    says: "The URL of the issuer's public keys for users' tokens.",
    example: 'https://id.example.com/.well-known/jwks.json',
  },
  JWT_ISSUER: {
    says: "The value of `iss` in users' tokens; separate several by commas. Required with either.",
    example: 'https://id.example.com/',
  },
  JWT_AUDIENCE: {
    says: "The value of `aud` in users' tokens; `none`: they have none. Required with either.",
    example: 'billing',
  },
  JWT_ALGORITHMS: {
    says: 'With `JWT_JWKS_URL`: the accepted algorithms.',
    example: 'RS256,ES256',
  },
  CRON_SECRET: {
    says: 'The secret with which a scheduler may run jobs and nothing else; at least 16 characters.',
    example: 'a long random text',
  },
  TRUST_PROXY: {
    says: 'The number of your own proxies that add to `X-Forwarded-For`. Default: none.',
    example: '1',
  },
  TOLLGATE_BILLING_SCHEDULE: {
    says:
      'When periods are closed and collected automatically, as a cron expression in UTC. ' +
      'Default: never.',
    example: '5 * * * *',
  },
  TOLLGATE_SCHEDULES: {
    says:
      'The schedules of other jobs, as cron expressions in UTC, or `never`. Default: ' +
      '`apply-retention` at `10 3 * * *`; `aggregate-usage`, `doctor`, `verify-audit` and ' +
      '`reconcile-stripe` never.',
    example: 'doctor=30 5 * * *; verify-audit=0 4 * * 0',
  },
  TOLLGATE_BILLING_SINCE: {
    says: 'Periods that ended before this were billed elsewhere.',
    example: '2026-01-01',
  },
  STRIPE_SECRET_KEY: {
    says: 'A secret or restricted key of the Stripe account that collects overage.',
    example: 'sk_live_…',
  },
  STRIPE_WEBHOOK_SECRET: {
    says:
      'The secret with which Stripe signs its events; several, separated by commas, while one ' +
      'replaces another.',
    example: 'whsec_…',
  },
  STRIPE_CREATE_CUSTOMERS: {
    says: '`true`: creates a Stripe customer for an organization that owes something and has none.',
    example: 'true',
  },
  STRIPE_METERS: {
    says:
      "Reports use to Stripe's meters instead of creating items: pairs of meter and event name. " +
      '`:3`: Stripe counts in thousandths.',
    example: 'tokens=tokens_used,credits=milli_credits:3',
  },
  STRIPE_METER_BUCKET: {
    says: 'The time that one such event covers: `hour` (default) or `day`.',
    example: 'day',
  },
  STRIPE_API_BASE: {
    says: "Another host with Stripe's API, for tests.",
    example: 'http://127.0.0.1:12111',
  },
  TOLLGATE_WEBHOOK_ALLOW: {
    says:
      'Address ranges that endpoints may use besides public ones, separated by commas. Default: ' +
      'none. Whoever creates an endpoint can reach what is there.',
    example: '10.20.0.0/16,192.168.1.7',
  },
  TOLLGATE_WEBHOOK_PORTS: {
    says: 'The ports that endpoints may use, separated by commas. Default: 443 and 8443.',
    example: '443,9443',
  },
  TOLLGATE_WEBHOOK_HTTP: {
    says: '`true`: endpoints may use HTTP without TLS, for development.',
    example: 'true',
  },
  TOLLGATE_MCP: {
    says:
      'How the server serves assistants at `/mcp`: `off`, `read` (default), or `write`, which ' +
      'includes tools that change data.',
    example: 'read',
  },
  TOLLGATE_MCP_HOSTS: {
    says:
      'Host names by which assistants may reach the server, besides those of its own machine; ' +
      'separated by commas, without ports.',
    example: 'tollgate.example.com',
  },
  TOLLGATE_URL: {
    says: 'For `tollgate mcp`: the server whose tools to serve.',
    example: 'https://tollgate.example.com',
  },
  TOLLGATE_KEY: {
    says: 'For `tollgate mcp`: the key that the assistant uses.',
    example: 'tg_…',
  },
  TOLLGATE_SMTP_URL: {
    says:
      'The server that sends mail of alerts; `smtp://` switches to TLS first. Default: none, and ' +
      'no mail is sent.',
    example: 'smtps://user:password@smtp.example.com:465',
  },
  TOLLGATE_MAIL_FROM: {
    says: 'The sender of that mail. Required with `TOLLGATE_SMTP_URL`.',
    example: 'Tollgate <alerts@example.com>',
  },
  TOLLGATE_PUBLIC_URL: {
    says:
      'The public URL of this Tollgate, for links in messages: to the console, and to ' +
      'unsubscribe. Default: none, and messages have no links.',
    example: 'https://billing.example.com',
  },
  TOLLGATE_LOG_LEVEL: {
    says:
      'The least level that the server logs: `trace`, `debug`, `info`, `warn` (default), ' +
      '`error`, `fatal`, `silent`.',
    example: 'info',
  },
  TOLLGATE_ON_ERROR: {
    says:
      'A module whose default export is a function. It is called with unexpected errors and ' +
      'where they occurred.',
    example: './report-errors.mjs',
  },
  TOLLGATE_DEBUG: {
    says: 'Any value: errors are printed with their stack.',
    example: '1',
  },
}
