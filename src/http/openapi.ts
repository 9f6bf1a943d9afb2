import { z } from 'zod'
import { ERRORS, type ErrorCode } from '../contract/errors.ts'
import {
  isRight,
  isScope,
  isServiceScope,
  RIGHTS,
  type Right,
  ROLES,
  readTokenHas,
} from '../core/rights.ts'
import type { Access } from '../operations/operation.ts'
import { API_KEY_ID_HEADER } from './api-key-id.ts'
import { type DocumentedRoute, documentedRoutes } from './documented-routes.ts'
import { type JsonSchema, jsonSchemaOf, namedJsonSchemas } from './json-schemas.ts'
import { openApiWebhooks } from './openapi-webhooks.ts'
import { problemSchema, saysWhen } from './problem.ts'
import { BUDGET_HEADER } from './request.ts'

/** The version of the API, as in its paths. */
const INTERFACE_VERSION = '1'

const INTRODUCTION = `The gate in front of a product's handlers, and the ledger behind them.

A refusal by the gate is an answer: 200 with the decision. Every error is a problem document
(RFC 9457) with a stable \`code\` and \`type\`, which names the faulty fields. Every answer has the
header \`X-Request-Id\`. Bodies are JSON of at most 1 MiB.

Send \`Authorization: Bearer <credential>\` with an API key of an organization, the JWT of a user, a
service key or the admin key. With an API key, \`organizationId\` is optional, because the key belongs
to one organization. A user with several organizations must name one. So must keys of the platform.
Give a backend a service key with the scopes that it needs; it is no administrator.

A user's calls are their own: \`userId\` defaults to their id, and any other is refused. Objects that
do not exist, and those of other organizations, both answer 404. The id of an event, or the header
\`Idempotency-Key\`, makes retries safe: the same id counts once.`

const ACCESS: Readonly<Record<Exclude<Access, Right>, string>> = {
  public: 'Anyone.',
  demo: 'Clients on the same machine, in demo mode.',
  admin: 'The administrator.',
  cron: 'The scheduler, with `x-cron-secret`; or the administrator.',
  caller: 'Anyone with a valid credential.',
}

/** A description of each tag. */
const TAGS: Readonly<Record<string, string>> = {
  Gate: 'Decisions about calls, and their reasons.',
  Reservations: 'Amounts reserved before work whose cost is known only afterwards.',
  Ledger: 'Past use, recorded once.',
  Budgets: 'Limits on one run of an agent, over all its calls.',
  Usage: 'The use of an organization.',
  Insight: 'What the use means for the plan.',
  Organizations: 'The tenants, each on a plan.',
  Members: 'The users in an organization, and their roles.',
  'API keys': 'Keys with which an organization calls.',
  'Platform keys': 'Keys for backends, and for the administrator.',
  'Read tokens': 'Tokens with which a browser reads one organization.',
  Limits: 'Limits in force, and their overrides.',
  Credits: "Credits beside a plan's allowance.",
  Billing: 'Invoices, and their collection at Stripe.',
  Subscriptions: 'Plans, trials, pauses and cancellations.',
  Analytics: 'Reports over all organizations, for the platform.',
  Audit: 'Who changed what, in a hash chain.',
  Events: 'Domain events, by sequence number.',
  Webhooks: 'Endpoints that receive events, and their deliveries.',
  Alerts: 'Rules about limits, credits, spend and errors, and their firings.',
  Workflows: 'Workflows: steps that survive a crash of the process.',
  Channels: 'Slack webhooks and mail addresses that receive alerts.',
  Catalog: 'Whole catalogs and their versions.',
  'Event types': 'What can be called, and its price.',
  Plans: 'The offered plans.',
  'Model prices': 'Prices that override the price library.',
  Sessions: 'Signing in to the console.',
  Demo: 'Trying the gate without a key.',
  Assistants: 'Tools over the Model Context Protocol.',
  Operation: 'Health, metrics, scheduled jobs and this reference.',
}

/** The part of OpenAPI 3.1 that the document uses. */
export interface OpenApiDocument {
  readonly openapi: '3.1.0'
  readonly info: Readonly<Record<string, unknown>> & {
    readonly title: string
    readonly description: string
  }
  readonly servers: readonly { readonly url: string }[]
  readonly tags: readonly { readonly name: string; readonly description: string }[]
  readonly paths: Readonly<Record<string, Readonly<Record<string, OpenApiOperation>>>>
  /** The payloads that endpoints receive, by event kind. */
  readonly webhooks: Readonly<Record<string, JsonSchema>>
  readonly components: {
    readonly schemas: Readonly<Record<string, JsonSchema>>
    readonly securitySchemes: Readonly<Record<string, JsonSchema>>
  }
}

export interface OpenApiOperation extends Readonly<Record<string, unknown>> {
  readonly operationId: string
  readonly tags: readonly string[]
  readonly summary: string
  readonly description: string
}

type Parameter = {
  readonly name: string
  readonly in: 'path' | 'query' | 'header'
  readonly required: boolean
  readonly description?: string
  readonly schema: JsonSchema
  readonly style?: 'form'
  readonly explode?: boolean
}

/** Builds the OpenAPI 3.1 document from the operations alone, without an engine. */
export const openApiDocument = (basePath = ''): OpenApiDocument => {
  const routes = documentedRoutes()
  return {
    openapi: '3.1.0',
    info: {
      title: 'Tollgate',
      version: INTERFACE_VERSION,
      description: INTRODUCTION,
      license: { name: 'Apache-2.0', url: 'https://www.apache.org/licenses/LICENSE-2.0' },
    },
    servers: [{ url: basePath === '' ? '/' : basePath }],
    tags: [...new Set(routes.map(({ operation }) => operation.tag))].map((name) => ({
      name,
      description: TAGS[name] ?? name,
    })),
    paths: pathsOf(routes),
    webhooks: openApiWebhooks(),
    components: {
      schemas: namedJsonSchemas(),
      securitySchemes: {
        bearer: {
          type: 'http',
          scheme: 'bearer',
          description:
            'An API key of an organization (`tg_…`), a service key of the platform (`tgsvc_…`, ' +
            "for backends: any organization, limited to its scopes), a user's JWT, a read " +
            'token, or the admin key. Never read from the query.',
        },
        cronSecret: { type: 'apiKey', in: 'header', name: 'x-cron-secret' },
      },
    },
  }
}

const pathsOf = (routes: readonly DocumentedRoute[]): OpenApiDocument['paths'] => {
  const paths: Record<string, Record<string, OpenApiOperation>> = {}
  for (const route of routes) {
    const { path } = route
    paths[path] = { ...paths[path], [route.operation.method]: operationOf(route) }
  }
  return paths
}

const operationOf = (route: DocumentedRoute): OpenApiOperation => {
  const { operation, operationId, formats } = route
  const { right } = operation
  return {
    operationId,
    tags: [operation.tag],
    summary: operation.summary,
    description: [operation.description, `Who: ${whoOf(right)}`].filter(Boolean).join('\n\n'),
    security: securityOf(right),
    'x-access': isRight(right) ? 'organization' : right,
    ...(isRight(right) ? { 'x-right': right } : {}),
    parameters: parametersOf(route),
    ...(formats ? { requestBody: requestBodyOf(formats) } : {}),
    responses: { ...answersOf(route), ...problemsOf(route) },
  }
}

/** Describes who has access, from the table of rights. */
const whoOf = (access: Access): string => {
  if (!isRight(access)) return ACCESS[access]
  const roles: readonly string[] = RIGHTS[access].roles
  const members = roles.length === ROLES.length ? 'any member' : `a member as ${orOf(roles)}`
  return [
    ...(roles.length > 0 ? [`${members} of the organization`] : []),
    ...(isScope(access) ? [`an API key of its own with the scope \`${access}\``] : []),
    ...(isServiceScope(access) ? [`a service key with the scope \`${access}\``] : []),
    ...(readTokenHas(access) ? ['a read token for it'] : []),
    'or the administrator.',
  ].join('; ')
}

const orOf = (names: readonly string[]): string =>
  names.length < 2 ? names.join() : `${names.slice(0, -1).join(', ')} or ${names.at(-1)}`

const securityOf = (access: Access): Record<string, string[]>[] => {
  if (access === 'public' || access === 'demo') return []
  return access === 'cron' ? [{ cronSecret: [] }, { bearer: [] }] : [{ bearer: [] }]
}

const RETRY_AFTER = { 'Retry-After': 'The seconds to wait before a retry, if a retry helps.' }

const isSecured = (right: Access): boolean => right !== 'public' && right !== 'demo'

const parametersOf = ({ operation, params, query, headers }: DocumentedRoute): Parameter[] => [
  ...objectParameters(params, 'path'),
  ...(query ? objectParameters(query, 'query') : []),
  ...headers.map((name) => ({
    name,
    in: 'header' as const,
    required: false,
    description: 'the `id` of the last message received',
    schema: { type: 'string' },
  })),
  ...(operation.repeat === 'keyed'
    ? [
        {
          name: 'Idempotency-Key',
          in: 'header' as const,
          required: false,
          description: 'the `id`, if the body has none',
          schema: { type: 'string', minLength: 1, maxLength: 255 },
        },
      ]
    : []),
  ...(COUNTED_BY_KEY.has(operation.name)
    ? [
        {
          name: API_KEY_ID_HEADER,
          in: 'header' as const,
          required: false,
          description:
            'the API key of the customer, for limits per key; only with service keys and admin keys',
          schema: { type: 'string', format: 'uuid' },
        },
      ]
    : []),
  ...(operation.http.form === 'decision' && hasField(operation.body, 'budget')
    ? [
        {
          name: BUDGET_HEADER,
          in: 'header' as const,
          required: false,
          description: 'the `budget`, if the body has none',
          schema: { type: 'string', minLength: 1, maxLength: 128 },
        },
      ]
    : []),
]

/** The operations that accept the header: those with limits per key, and past events. */
const COUNTED_BY_KEY: ReadonlySet<string> = new Set(['check', 'track', 'reserve', 'record'])

const hasField = (schema: z.ZodType | undefined, field: string): boolean =>
  schema instanceof z.ZodObject && Object.hasOwn(schema.shape, field)

const objectParameters = (fields: z.ZodObject, place: 'path' | 'query'): Parameter[] => {
  const schema = jsonSchemaOf(fields, 'input')
  const properties = (schema.properties ?? {}) as Record<string, JsonSchema>
  const required = (schema.required ?? []) as readonly string[]
  return Object.entries(properties).map(([name, { description, ...rest }]) => ({
    name,
    in: place,
    required: place === 'path' || required.includes(name),
    ...(typeof description === 'string' ? { description } : {}),
    // Comma-separated: `?metrics=events,credits`.
    ...(rest.type === 'array' ? { style: 'form' as const, explode: false } : {}),
    schema: rest,
  }))
}

const requestBodyOf = (formats: NonNullable<DocumentedRoute['formats']>) => ({
  required: true,
  content: Object.fromEntries(
    Object.entries(formats).map(([mediaType, { schema, example }]) => [
      mediaType,
      { schema: jsonSchemaOf(schema, 'input'), example },
    ]),
  ),
})

const answersOf = ({ answers }: DocumentedRoute): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(answers).map(([status, { description, headers, content }]) => [
      status,
      {
        description,
        ...(headers ? { headers: headersOf(headers) } : {}),
        ...(content ? { content: contentOf(content) } : {}),
      },
    ]),
  )

const contentOf = (content: Readonly<Record<string, z.ZodType | undefined>>) =>
  Object.fromEntries(
    Object.entries(content).map(([mediaType, schema]) => [
      mediaType,
      {
        schema: schema
          ? jsonSchemaOf(schema, 'output')
          : { type: mediaType === 'application/json' ? 'object' : 'string' },
      },
    ]),
  )

const headersOf = (headers: Readonly<Record<string, string>>) =>
  Object.fromEntries(
    Object.entries(headers).map(([name, description]) => [
      name,
      { description, schema: { type: 'string' as const } },
    ]),
  )

/** The possible error answers of an operation, by status. */
const problemsOf = ({ operation, formats }: DocumentedRoute): Record<string, unknown> => {
  const { right, params } = operation
  const codes = new Set<ErrorCode>(operation.problems)
  if (isSecured(right)) {
    for (const code of ['unauthenticated', 'forbidden', 'too_many_attempts'] as const)
      codes.add(code)
  }
  if (isRight(right) || Object.keys(params).length > 0) codes.add('not_found')
  if (formats) {
    for (const code of ['body_too_large', 'unsupported_media_type'] as const) codes.add(code)
  }
  if (right !== 'public') {
    // An unknown query parameter is always possible.
    for (const code of ['invalid_request', 'internal', 'unavailable', 'overloaded'] as const)
      codes.add(code)
  }
  const content = { 'application/problem+json': { schema: jsonSchemaOf(problemSchema, 'output') } }
  const byStatus = new Map<number, ErrorCode[]>()
  for (const code of codes) {
    const { status } = ERRORS[code]
    byStatus.set(status, [...(byStatus.get(status) ?? []), code])
  }
  return Object.fromEntries(
    [...byStatus].map(([status, sameStatus]) => [
      status,
      {
        description: sameStatus.map((code) => `\`${code}\`: ${ERRORS[code].title}.`).join(' '),
        ...(sameStatus.some(saysWhen) ? { headers: headersOf(RETRY_AFTER) } : {}),
        content,
      },
    ]),
  )
}
