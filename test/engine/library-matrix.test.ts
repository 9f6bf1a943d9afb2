import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { TollgateError } from '../../src/contract/errors.ts'
import type { Caller, Tollgate, TollgateEngine } from '../../src/contract/tollgate.ts'
import {
  isRight,
  isScope,
  isServiceScope,
  type Right,
  ROLES,
  readTokenHas,
  roleHas,
  SCOPES,
  SERVICE_SCOPES,
} from '../../src/core/rights.ts'
import { operations } from '../../src/operations/index.ts'
import type { Operation } from '../../src/operations/operation.ts'
import { createTestTollgate } from '../../src/testing/index.ts'
import { ACCESS_TABLE } from '../http/access-table.ts'
import { REACHED, tripwire } from '../http/tripwire.ts'

const VICTIM = 'victim'
const OTHER = 'other'
const KEY_ID = '00000000-0000-7000-8000-000000000000'

type Outcome = 'in' | 'forbidden' | 'not_found'

/** As in the table, for the operation or for its list. */
const rightOf = ({ name, path, method }: Operation): string => {
  const shown = operations.find((one) => one.path === path && one.method === method)
  return ACCESS_TABLE[name] ?? ACCESS_TABLE[shown?.name ?? ''] ?? 'nobody says'
}

describe('operations by caller, in this process', () => {
  let engine: TollgateEngine | undefined
  let tollgate: Tollgate
  beforeAll(async () => {
    const opened = await createTestTollgate()
    engine = opened.tollgate
    for (const id of [VICTIM, OTHER]) {
      await engine.organizations.create({ id, name: id, plan: 'ai-workspace/starter' })
    }
    for (const role of ROLES) {
      await engine.members.add({ organizationId: VICTIM, userId: role, role })
    }
    await engine.members.add({ organizationId: OTHER, userId: 'other-owner', role: 'owner' })
    tollgate = tripwire(engine)
  })
  afterAll(() => engine?.close())

  /** Every kind of caller, and its expected outcome if a right is needed. */
  const callers = (right: Right): readonly (readonly [string, Caller | undefined, Outcome])[] => {
    const key = (organizationId: string, scopes: readonly Right[]): Caller => ({
      kind: 'organization',
      organizationId,
      apiKeyId: KEY_ID,
      scopes,
      actor: 'key:test',
    })
    const user = (userId: string): Caller => ({ kind: 'user', userId, actor: `user:${userId}` })
    const reader = (organizationId: string): Caller => ({
      kind: 'reader',
      organizationId,
      actor: 'reader',
    })
    const service = (scopes: readonly Right[]): Caller => ({
      kind: 'service',
      serviceKeyId: KEY_ID,
      scopes,
      actor: 'key:service',
    })
    const without = SCOPES.filter((scope) => scope !== right)
    const asScope = (outcome: Outcome): Outcome => (isScope(right) ? outcome : 'forbidden')
    const asReader = (outcome: Outcome): Outcome => (readTokenHas(right) ? outcome : 'forbidden')
    return [
      ['the platform itself', undefined, 'in'],
      ['the administrator', { kind: 'admin', actor: 'admin' }, 'in'],
      ['the schedule', { kind: 'cron', actor: 'cron' }, 'forbidden'],
      ['a key with every scope', key(VICTIM, SCOPES), asScope('in')],
      ['a key without the scope', key(VICTIM, without), 'forbidden'],
      ['a key of another organization', key(OTHER, SCOPES), asScope('not_found')],
      [
        'a service key with every scope',
        service(SERVICE_SCOPES),
        isServiceScope(right) ? 'in' : 'forbidden',
      ],
      [
        'a service key without the scope',
        service(SERVICE_SCOPES.filter((scope) => scope !== right)),
        'forbidden',
      ],
      ...SERVICE_SCOPES.map((scope) => {
        const outcome: Outcome = scope === right ? 'in' : 'forbidden'
        return [`a service key with ${scope} alone`, service([scope]), outcome] as const
      }),
      ['a read token', reader(VICTIM), asReader('in')],
      ['a read token for another organization', reader(OTHER), asReader('not_found')],
      ['an owner of another organization', user('other-owner'), 'not_found'],
      ['a stranger', user('nobody-in-particular'), 'not_found'],
      ...ROLES.map((role) => {
        const outcome: Outcome = roleHas(role, right) ? 'in' : 'forbidden'
        return [`a user who is ${role}`, user(role), outcome] as const
      }),
      ...ROLES.map((role) => {
        const outcome: Outcome = roleHas(role, right) ? 'in' : 'forbidden'
        const caller = { organizationId: VICTIM, role, actor: `user:${role}` }
        return [`a member as ${role}, as the host says`, caller, outcome] as const
      }),
    ]
  }

  it.each(operations.filter((one: Operation) => one.right !== 'public'))(
    '$name is allowed for exactly the callers in the table',
    async (operation: Operation) => {
      const right = rightOf(operation)
      expect(operation.right).toBe(right)
      const expected: Record<string, Outcome> = {}
      const found: Record<string, string> = {}
      for (const [name, caller, outcome] of callers(isRight(right) ? right : 'gate.use')) {
        expected[name] = isRight(right) ? outcome : withoutRight(right, name)
        found[name] = await outcomeOf(caller ? tollgate.as(caller) : tollgate, operation)
      }
      expect(found).toEqual(expected)
    },
  )

  it.each(ROLES)("options with the role %s have only that role's rights", async (role) => {
    const { organizations } = tollgate
    const options = { role, actor: 'user:somebody' }
    const closing = organizations.close({ organizationId: VICTIM }, options)
    const outcome = await closing.catch((error: TollgateError) => error.message)
    const refusal = `The role ${role} does not have the right organization.manage.`
    expect(outcome).toBe(role === 'owner' ? REACHED : refusal)
  })
})

const withoutRight = (access: string, name: string): Outcome => {
  if (name === 'the schedule') return access === 'cron' ? 'in' : 'forbidden'
  return ['the platform itself', 'the administrator'].includes(name) ? 'in' : 'forbidden'
}

/** Calls an operation's verb about the victim, and returns how far the call got. */
const outcomeOf = async (tollgate: Tollgate, operation: Operation): Promise<string> => {
  try {
    const input = inputOf(operation)
    const result = await verbOf(tollgate, operation.name)(input)
    // In a batch, each forbidden event has its own error.
    const { rejected } = result as { rejected?: readonly { message: string }[] }
    const isMayNot = /may not do that|does not have the right/.test(rejected?.[0]?.message ?? '')
    return rejected?.length ? (isMayNot ? 'forbidden' : 'not_found') : 'in'
  } catch (error) {
    if (!(error instanceof TollgateError)) throw error
    return error.message === REACHED ? 'in' : error.code
  }
}

const verbOf = (tollgate: Tollgate, name: string): ((input: unknown) => Promise<unknown>) => {
  let part: unknown = tollgate
  for (const key of name.split('.')) part = (part as Record<string, unknown>)[key]
  return part as (input: unknown) => Promise<unknown>
}

/** All required inputs of a call of the operation. */
const inputOf = ({ name, about, params, query, body, example, documented }: Operation): unknown => {
  if (name === 'record')
    return { ...eventOf(example), eventType: 'api_call', organizationId: VICTIM }
  const needed = Object.entries(query?.shape ?? {}).filter(([, field]) => !field.isOptional())
  const given = {
    ...Object.fromEntries(needed.map(([field]) => [field, 'rag-chatbot'])),
    ...Object.fromEntries(Object.keys(params).map((field) => [field, paramOf(field)])),
    ...(body && (name === 'stripe.receive' ? {} : ownExample(name, example))),
    ...(about ? { organizationId: VICTIM } : {}),
  }
  const isOfOrganization = 'organizationId' in (query?.shape ?? {})
  return documented || !isOfOrganization ? given : { ...given, organizationId: VICTIM }
}

const eventOf = (example: unknown): object =>
  withoutUser((example as { events?: readonly object[] } | undefined)?.events?.[0] ?? {})

/** A call about the caller itself; a new member must be named. */
const ownExample = (name: string, example: unknown): object =>
  name === 'track' ? withoutUser(example as object) : (example as object)

const withoutUser = ({ userId: _, ...rest }: { userId?: unknown }): object => rest

const paramOf = (field: string): unknown => {
  if (field === 'organizationId') return VICTIM
  return field === 'sequence' || field === 'line' ? 1 : KEY_ID
}
