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
    says: 'The PostgreSQL to keep everything in. Without it, and without `--data`, it is a folder, `.tollgate`.',
    example: 'postgres://user:password@host:5432/name',
  },
  REDIS_URL: {
    says: 'A Redis that owns the counters of rates and quotas which need not be durable.',
    example: 'redis://user:password@host:6379',
  },
  TOLLGATE_JOURNAL: {
    says: 'A folder on a local disk for what is answered and not in the database yet; `off`: none. `start` keeps one in `.tollgate/journal`.',
    example: '/var/lib/tollgate/journal',
  },
  TOLLGATE_ADMIN_KEY: {
    says: "The administrator's key. Beside an embedded database one is made where none is set.",
    example: 'a long random text',
  },
  TOLLGATE_ADMIN_CLAIM: {
    says: "Which claim of a user's token makes an administrator.",
    example: 'role=platform_admin',
  },
  ADMIN_USER_IDS: {
    says: 'Users who are administrators, with commas between.',
    example: 'ada,grace',
  },
  TOLLGATE_ORIGINS: {
    says: 'From which origins, beside its own, a browser may use a session.',
    example: 'https://app.example.com',
  },
  TOLLGATE_ALLOWED_ORIGINS: {
    says: 'From which origins pages may call with a credential in a header (CORS); several with commas between. None unless given.',
    example: 'https://app.example.com',
  },
  JWT_SECRET: {
    says: "The secret, of 32 bytes at least, by which users' tokens are signed. Or `JWT_JWKS_URL`.",
    example: 'a long random text',
  },
  JWT_JWKS_URL: {
    says: "Where the issuer's public keys are, by which users' tokens are signed.",
    example: 'https://id.example.com/.well-known/jwks.json',
  },
  JWT_ISSUER: {
    says: 'What the tokens of users have as `iss`; several with commas between. Needed with either.',
    example: 'https://id.example.com/',
  },
  JWT_AUDIENCE: {
    says: 'What they have as `aud`; `none`: they have none. Needed with either.',
    example: 'billing',
  },
  JWT_ALGORITHMS: {
    says: 'With `JWT_JWKS_URL`: which algorithms are taken.',
    example: 'RS256,ES256',
  },
  CRON_SECRET: {
    says: 'What a scheduler sends to run jobs and nothing else: 16 characters at least.',
    example: 'a long random text',
  },
  TRUST_PROXY: {
    says: 'How many proxies of yours are in front, each of which adds to `X-Forwarded-For`. None unless given.',
    example: '1',
  },
  TOLLGATE_BILLING_SCHEDULE: {
    says: 'When periods are closed and collected by themselves, as of cron, in UTC. Never unless given.',
    example: '5 * * * *',
  },
  TOLLGATE_SCHEDULES: {
    says: 'When other jobs are done, as of cron, in UTC, or `never`. `apply-retention` at `10 3 * * *` unless given; `aggregate-usage`, `doctor`, `verify-audit` and `reconcile-stripe` never.',
    example: 'doctor=30 5 * * *; verify-audit=0 4 * * 0',
  },
  TOLLGATE_BILLING_SINCE: {
    says: 'Periods that ended before it were billed elsewhere.',
    example: '2026-01-01',
  },
  STRIPE_SECRET_KEY: {
    says: 'A secret or restricted key of the account at which overage is collected.',
    example: 'sk_live_…',
  },
  STRIPE_WEBHOOK_SECRET: {
    says: 'By what Stripe signs its events; several with commas between while one replaces another.',
    example: 'whsec_…',
  },
  STRIPE_CREATE_CUSTOMERS: {
    says: '`true`: make a customer of an organization that owes something and has none.',
    example: 'true',
  },
  STRIPE_METERS: {
    says: "Tells use to Stripe's meters in place of items: the meter here, and the event's name there. `:3`: counted there in thousandths.",
    example: 'tokens=tokens_used,credits=milli_credits:3',
  },
  STRIPE_METER_BUCKET: {
    says: 'What one such event is about: `hour`, as it is unless given, or `day`.',
    example: 'day',
  },
  STRIPE_API_BASE: {
    says: "Another host that speaks Stripe's API, for tests.",
    example: 'http://127.0.0.1:12111',
  },
  TOLLGATE_WEBHOOK_ALLOW: {
    says: 'Ranges of addresses that endpoints may be at beside public ones, with commas between. None unless given: whoever makes an endpoint reaches what is there.',
    example: '10.20.0.0/16,192.168.1.7',
  },
  TOLLGATE_WEBHOOK_PORTS: {
    says: 'The ports that endpoints may be on, with commas between. 443 and 8443 unless given.',
    example: '443,9443',
  },
  TOLLGATE_WEBHOOK_HTTP: {
    says: '`true`: endpoints may be without TLS, for development.',
    example: 'true',
  },
  TOLLGATE_MCP: {
    says: 'How the server serves assistants at `/mcp`: `off`, `read` (unless given), or `write`, with tools that change something.',
    example: 'read',
  },
  TOLLGATE_MCP_HOSTS: {
    says: 'By which names assistants may ask it, beside those of its own machine; with commas between, without ports.',
    example: 'tollgate.example.com',
  },
  TOLLGATE_URL: {
    says: 'For `tollgate mcp`: the server whose tools an assistant is given.',
    example: 'https://tollgate.example.com',
  },
  TOLLGATE_KEY: {
    says: 'For `tollgate mcp`: the key in whose name an assistant asks.',
    example: 'tg_…',
  },
  TOLLGATE_SMTP_URL: {
    says: 'The server that mail of alerts leaves by; `smtp://` goes over to TLS before anything else. None unless given: then no mail is sent.',
    example: 'smtps://user:password@smtp.example.com:465',
  },
  TOLLGATE_MAIL_FROM: {
    says: 'Whom that mail is from. Needed with `TOLLGATE_SMTP_URL`.',
    example: 'Tollgate <alerts@example.com>',
  },
  TOLLGATE_PUBLIC_URL: {
    says: 'Where this Tollgate is reached, for the links in messages: to the console, and to end mails. Without it there are none.',
    example: 'https://billing.example.com',
  },
  TOLLGATE_LOG_LEVEL: {
    says: 'From which level on the server logs: `trace`, `debug`, `info`, `warn` (unless given), `error`, `fatal`, `silent`.',
    example: 'info',
  },
  TOLLGATE_ON_ERROR: {
    says: 'A module whose default export is a function: it is told of errors that nobody expected, and where they were met.',
    example: './report-errors.mjs',
  },
  TOLLGATE_DEBUG: {
    says: 'Anything: what goes wrong is printed with its stack.',
    example: '1',
  },
}
