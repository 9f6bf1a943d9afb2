import { OpenAPIHono, type RouteConfig } from '@hono/zod-openapi'
import { ERRORS, type ErrorCode } from '../contract/errors.ts'
import { isRight, isScope, RIGHTS, type Right, ROLES, readTokenHas } from '../core/rights.ts'
import type { Access } from './access.ts'
import { type JsonSchema, jsonSchemaOf, namedJsonSchemas } from './json-schemas.ts'
import { problemSchema, saysWhen } from './problem.ts'
import type { Route } from './route.ts'
import { routes } from './routes.ts'

/** The version of the interface, as its paths have it. */
const INTERFACE_VERSION = '1'

const INTRODUCTION = `The gate in front of a product's handlers, and the ledger behind them.

A refusal by the gate is an answer: 200 with the decision. Everything that is not a success is a
problem document (RFC 9457) whose \`code\` and \`type\` stay the same, and which names the fields at
fault. Every answer carries \`X-Request-Id\`. Bodies are JSON of at most 1 MiB.

Send \`Authorization: Bearer <credential>\` with an API key of an organization, the JWT of a user or
the admin key. An API key speaks for its own organization, and \`organizationId\` may be left out; a
user speaks for those that they are a member of, and has to name one where they are several; the
admin key has to name one. What is not there, and what is somebody else's, answers 404 alike. The id of an event, or the header \`Idempotency-Key\`, makes retries safe: the same id counts
once.`

const ACCESS: Readonly<Record<Exclude<Access, Right>, string>> = {
  public: 'Anyone.',
  demo: 'Clients on the same machine, in demo mode.',
  admin: 'The administrator.',
  cron: 'The schedule, with `x-cron-secret`; or the administrator.',
  caller: 'Whoever shows who they are, by any credential.',
}

export type OpenApiDocument = ReturnType<OpenAPIHono['getOpenAPI31Document']>

type Parameter = {
  readonly name: string
  readonly in: 'path' | 'query' | 'header'
  readonly required: boolean
  readonly description?: string
  readonly schema: JsonSchema
}

/** This interface as OpenAPI 3.1, made from the routes alone: needs no engine. */
export const openApiDocument = (): OpenApiDocument => {
  const app = new OpenAPIHono()
  const registry = app.openAPIRegistry
  for (const [name, schema] of Object.entries(namedJsonSchemas())) {
    registry.registerComponent('schemas', name, schema)
  }
  registry.registerComponent('securitySchemes', 'bearer', {
    type: 'http',
    scheme: 'bearer',
    description:
      'The admin key, an API key of an organization, the JWT of a user, or a read token. Never ' +
      'read from the query.',
  })
  if (routes.some(({ access }) => access === 'cron')) {
    registry.registerComponent('securitySchemes', 'cronSecret', {
      ...{ type: 'apiKey', in: 'header', name: 'x-cron-secret' },
    })
  }
  for (const route of routes) registry.registerPath(operationOf(route))
  return app.getOpenAPI31Document({
    openapi: '3.1.0',
    info: {
      title: 'Tollgate',
      version: INTERFACE_VERSION,
      description: INTRODUCTION,
      license: { name: 'Apache-2.0', url: 'https://www.apache.org/licenses/LICENSE-2.0' },
    },
    servers: [{ url: '/' }],
    tags: [...new Set(routes.map(({ tag }) => tag))].map((name) => ({ name })),
  })
}

const operationOf = (route: Route): RouteConfig => ({
  operationId: route.operationId,
  method: route.method,
  path: route.path,
  tags: [route.tag],
  summary: route.summary,
  description: [route.description, `Who: ${whoOf(route.access)}`].filter(Boolean).join('\n\n'),
  security: securityOf(route.access),
  'x-access': isRight(route.access) ? 'organization' : route.access,
  ...(isRight(route.access) ? { 'x-right': route.access } : {}),
  parameters: parametersOf(route),
  ...(route.body ? { request: { body: requestBodyOf(route.body) } } : {}),
  responses: { ...answersOf(route), ...problemsOf(route) },
})

/** Who has access, from the table of rights. */
const whoOf = (access: Access): string => {
  if (!isRight(access)) return ACCESS[access]
  const roles: readonly string[] = RIGHTS[access].roles
  const members = roles.length === ROLES.length ? 'any member' : `a member as ${orOf(roles)}`
  return [
    `${members} of the organization`,
    ...(isScope(access) ? [`an API key of its own with the scope \`${access}\``] : []),
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

const RETRY_AFTER = { 'Retry-After': 'In how many seconds to send it again, where that helps.' }

const isSecured = ({ access }: Route): boolean => access !== 'public' && access !== 'demo'

const parametersOf = (route: Route): Parameter[] => {
  const parameters = [
    ...(route.params ? objectParameters(jsonSchemaOf(route.params, 'input'), 'path') : []),
    ...(route.query ? objectParameters(jsonSchemaOf(route.query, 'input'), 'query') : []),
  ]
  if (route.idempotencyKey) {
    parameters.push({
      name: 'Idempotency-Key',
      in: 'header',
      required: false,
      description: 'stands in for the `id` of the body',
      schema: { type: 'string', minLength: 1, maxLength: 255 },
    })
  }
  return parameters
}

const objectParameters = (schema: JsonSchema, place: 'path' | 'query'): Parameter[] => {
  const properties = schema.properties as Record<string, JsonSchema>
  const required = (schema.required ?? []) as readonly string[]
  return Object.entries(properties).map(([name, { description, ...rest }]) => ({
    name,
    in: place,
    required: place === 'path' || required.includes(name),
    ...(typeof description === 'string' ? { description } : {}),
    schema: rest,
  }))
}

const requestBodyOf = ({ formats }: NonNullable<Route['body']>) => ({
  required: true,
  content: Object.fromEntries(
    Object.entries(formats).map(([mediaType, { schema, example }]) => [
      mediaType,
      { schema: jsonSchemaOf(schema, 'input'), example },
    ]),
  ),
})

const answersOf = (route: Route): RouteConfig['responses'] =>
  Object.fromEntries(
    Object.entries(route.answers).map(([status, { description, headers, ...answer }]) => [
      status,
      {
        description,
        ...(headers ? { headers: headersOf(headers) } : {}),
        ...(answer.isEmpty ? {} : { content: contentOf(answer) }),
      },
    ]),
  )

const contentOf = ({
  schema,
  mediaType,
}: Pick<Route['answers'][number], 'schema' | 'mediaType'>) => ({
  [mediaType ?? 'application/json']: {
    schema: schema
      ? jsonSchemaOf(schema, 'output')
      : { type: mediaType === 'application/json' ? 'object' : 'string' },
  },
})

const headersOf = (headers: Readonly<Record<string, string>>) =>
  Object.fromEntries(
    Object.entries(headers).map(([name, description]) => [
      name,
      { description, schema: { type: 'string' as const } },
    ]),
  )

/** The ways in which an operation may say no, by status. */
const problemsOf = (route: Route): RouteConfig['responses'] => {
  const codes = new Set<ErrorCode>(route.problems)
  if (isSecured(route))
    for (const code of ['unauthenticated', 'forbidden', 'too_many_attempts'] as const)
      codes.add(code)
  if (isRight(route.access) || route.params) codes.add('not_found')
  if (route.body) {
    for (const code of ['body_too_large', 'unsupported_media_type'] as const) codes.add(code)
  }
  if (route.access !== 'public') {
    // Where nothing else can be wrong, an unknown parameter of the query is.
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
