import { beforeAll, describe, expect, it } from 'vitest'
import {
  isScope,
  isServiceScope,
  type Right,
  ROLES,
  type Role,
  readTokenHas,
  roleHas,
  SCOPES,
  SERVICE_SCOPES,
} from '../../src/core/rights.ts'
import { openApiDocument } from '../../src/http/openapi.ts'
import { createHandler } from '../../src/server.ts'
import { ACCESS_TABLE } from './access-table.ts'
import { ADMIN_KEY, type Answered, openDoor, type SendOptions, sender } from './door.ts'
import { REACHED, tripwire } from './tripwire.ts'
import { JWT_OF_TESTS, userToken } from './user-token.ts'

/** Callers that an operation refuses for its own reason, although they have its right. */
const NARROWER: Record<string, readonly string[]> = {
  // A read token cannot create another, which would outlive it.
  'readTokens.create': ['a read token', 'a service key with usage.read alone'],
}

type Outcome = 'in' | 401 | 403 | 404

interface Operation {
  readonly id: string
  readonly method: string
  readonly path: string
  readonly access: (typeof ACCESS_TABLE)[string]
  // biome-ignore lint/suspicious/noExplicitAny: a document of every shape is looked into here
  readonly document: any
}

const operations: Operation[] = Object.entries(openApiDocument().paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, document]) => ({
    id: document.operationId,
    method: method.toUpperCase(),
    path,
    access: (document['x-right'] ?? document['x-access']) as Operation['access'],
    document,
  })),
)
const closedDoors = operations.filter(({ access }) => access !== 'public')

const VICTIM = 'victim'
const OTHER = 'other'
const CRON_SECRET = 'the-cron-secret-of-the-tests'
const KEY_ID = '00000000-0000-7000-8000-000000000000'

describe('operations by caller over HTTP', () => {
  let addresses = 0
  const door = openDoor()
  const keys = new Map<string, string>()
  let send: ReturnType<typeof sender>

  const makeKey = async (name: string, organizationId: string, scopes: readonly Right[]) => {
    const { tollgate } = door()
    const made = await tollgate.apiKeys.create({ organizationId, name, scopes: [...scopes] })
    keys.set(name, made.key)
    return made.id
  }

  const makeServiceKey = async (name: string, scopes: readonly Right[]) => {
    const made = await door().tollgate.serviceKeys.create({ name, scopes: [...scopes] })
    keys.set(name, made.key)
    return made.id
  }

  beforeAll(async () => {
    const { tollgate, clock } = door()
    for (const id of [VICTIM, OTHER, 'closed']) {
      await tollgate.organizations.create({ id, name: id, plan: 'ai-workspace/starter' })
    }
    await makeKey('all', VICTIM, SCOPES)
    for (const right of SCOPES) {
      await makeKey(
        `without ${right}`,
        VICTIM,
        SCOPES.filter((scope) => scope !== right),
      )
    }
    await makeKey('other', OTHER, SCOPES)
    await tollgate.apiKeys.revoke({
      organizationId: VICTIM,
      keyId: await makeKey('revoked', VICTIM, SCOPES),
    })
    const expiresAt = new Date(clock.now().getTime() + 1)
    const expired = await tollgate.apiKeys.create({
      organizationId: VICTIM,
      name: 'expired',
      expiresAt,
    })
    keys.set('expired', expired.key)
    await clock.advance(1)
    await makeKey('closed', 'closed', SCOPES)
    await tollgate.organizations.close({ organizationId: 'closed' })
    await makeServiceKey('service', SERVICE_SCOPES)
    for (const right of SERVICE_SCOPES) {
      const others = SERVICE_SCOPES.filter((scope) => scope !== right)
      await makeServiceKey(`service without ${right}`, others)
      await makeServiceKey(`service with ${right}`, [right])
    }
    const revoked = await makeServiceKey('revoked service', SERVICE_SCOPES)
    await tollgate.serviceKeys.revoke({ keyId: revoked })
    keys.set('admin', (await tollgate.admin.createAdminKey({ name: 'admin' })).key)
    for (const role of ROLES)
      await tollgate.members.add({ organizationId: VICTIM, userId: role, role })
    await tollgate.members.add({ organizationId: VICTIM, userId: 'removed', role: 'admin' })
    await tollgate.members.remove({ organizationId: VICTIM, userId: 'removed' })
    await tollgate.members.add({ organizationId: OTHER, userId: 'other-owner', role: 'owner' })
    for (const id of [VICTIM, OTHER]) {
      const path = `/api/organizations/${id}/read-tokens`
      keys.set(`reader of ${id}`, (await door().send('POST', path, { body: {} })).body.token)
    }
    const handler = createHandler(tripwire(tollgate), {
      mcp: { hosts: ['tollgate.test'] },
      adminKey: ADMIN_KEY,
      now: clock.now,
      jwt: JWT_OF_TESTS,
      cronSecret: CRON_SECRET,
      demo: { track: () => Promise.reject(new Error('no demo call is from this machine')) },
      // Every operation gets the same wrong key, and wrong keys with one prefix are counted.
      attempts: {
        perAddress: { perMinute: 10, burst: 30 },
        perKeyPrefix: { perMinute: 1_000, burst: 1_000 },
      },
      // After several wrong credentials, the server stops checking those of that address.
      clientAddress: () => {
        addresses += 1
        return `203.0.${addresses >> 8}.${addresses & 255}`
      },
    })
    send = sender(handler)
  })

  /** Every kind of caller: its credential, and its expected outcome if a right is needed. */
  const callers = (right: Right): Record<string, { by: SendOptions; expected: Outcome }> => {
    const ofKey = (outcome: Outcome): Outcome => (isScope(right) ? outcome : 403)
    const ofReader = (outcome: Outcome): Outcome => (readTokenHas(right) ? outcome : 403)
    const key = (name: string) => ({ key: keys.get(name) })
    const user = (userId: string) => ({ key: userToken(userId) })
    const ofRole = (role: Role): [string, { by: SendOptions; expected: Outcome }] => [
      `a member as ${role}`,
      { by: user(role), expected: roleHas(role, right) ? 'in' : 403 },
    ]
    return {
      nobody: { by: { key: null }, expected: 401 },
      'a key that nobody has': { by: { key: `tg_${'x'.repeat(32)}` }, expected: 401 },
      'a key past its time': { by: key('expired'), expected: 401 },
      'a revoked key': { by: key('revoked'), expected: 401 },
      'a key of a closed organization': { by: key('closed'), expected: 401 },
      'a key with every scope': { by: key('all'), expected: ofKey('in') },
      'a key without the scope': { by: key(withoutScope(right)), expected: 403 },
      'a key of another organization': { by: key('other'), expected: ofKey(404) },
      ...Object.fromEntries(ROLES.map(ofRole)),
      'an owner of another organization': { by: user('other-owner'), expected: 404 },
      'a member who was removed': { by: user('removed'), expected: 404 },
      'a stranger': { by: user('nobody-in-particular'), expected: 404 },
      'a service key with every scope': {
        by: key('service'),
        expected: isServiceScope(right) ? 'in' : 403,
      },
      'a service key without the scope': {
        by: key(isServiceScope(right) ? `service without ${right}` : 'service'),
        expected: 403,
      },
      ...Object.fromEntries(
        SERVICE_SCOPES.map((scope) => [
          `a service key with ${scope} alone`,
          { by: key(`service with ${scope}`), expected: scope === right ? 'in' : 403 },
        ]),
      ),
      'a revoked service key': { by: key('revoked service'), expected: 401 },
      'a read token': { by: key(`reader of ${VICTIM}`), expected: ofReader('in') },
      'a read token for another organization': {
        by: key(`reader of ${OTHER}`),
        expected: ofReader(404),
      },
      'the configured administrator': { by: {}, expected: 'in' },
      'an admin key': { by: key('admin'), expected: 'in' },
      'the schedule': {
        by: { key: null, headers: { 'x-cron-secret': CRON_SECRET } },
        expected: 403,
      },
    }
  }

  it('are all in the table, each with its right', () => {
    const said = operations.map(({ id, access }) => [id, access])
    expect(Object.fromEntries(said)).toEqual(ACCESS_TABLE)
    expect(said.length).toBe(Object.keys(ACCESS_TABLE).length)
  })

  it('state their security', () => {
    for (const { id, access, document } of operations) {
      const isOpen = access === 'public' || access === 'demo'
      expect(document.security, id).toEqual(
        isOpen ? [] : [...(access === 'cron' ? [{ cronSecret: [] }] : []), { bearer: [] }],
      )
    }
  })

  it.each(closedDoors)('$id is allowed for exactly the callers in the table', async (operation) => {
    const { id, access } = operation
    // Too many concurrent keys with one prefix are not checked either.
    await door().clock.advance(1_000)
    const isOfRight = access in RIGHT_NAMES
    const expected: Record<string, Outcome> = {}
    const found: Record<string, Outcome | string> = {}
    for (const [name, caller] of Object.entries(
      callers(isOfRight ? (access as Right) : NO_RIGHT),
    )) {
      const refused = NARROWER[id]?.includes(name)
      expected[name] = refused
        ? 403
        : isOfRight
          ? caller.expected
          : withoutRight(access, name, caller)
      const answer = await send(operation.method, pathOf(operation), {
        ...caller.by,
        body: bodyOf(operation),
      })
      found[name] = outcomeOf(operation, answer)
    }
    expect(found).toEqual(expected)
  })
})

const RIGHT_NAMES: Partial<Record<string, true>> = Object.fromEntries(
  Object.values(ACCESS_TABLE)
    .filter((access) => access.includes('.'))
    .map((access) => [access, true]),
)

/** The callers of an operation without a required right. */
const NO_RIGHT: Right = 'gate.use'

const withoutScope = (right: Right): string => (isScope(right) ? `without ${right}` : 'all')

/** A caller's expected outcome if no right is required. */
const withoutRight = (
  access: (typeof ACCESS_TABLE)[string],
  name: string,
  { expected }: { expected: Outcome },
): Outcome => {
  if (access === 'demo') return 403
  if (expected === 401 || access === 'caller') return expected === 401 ? 401 : 'in'
  if (name === 'the schedule') return access === 'cron' ? 'in' : 403
  return ['the configured administrator', 'an admin key'].includes(name) ? 'in' : 403
}

/** How far a call got; a text if that is unknown. */
const outcomeOf = ({ access }: Operation, { status, body }: Answered): Outcome | string => {
  if (status === 401 || status === 403) return status
  if (!(access in RIGHT_NAMES)) return 'in'
  if (status === 404) return status
  return status < 300 || body.detail === REACHED ? 'in' : `${status} ${JSON.stringify(body)}`
}

/** A call about the victim, with all its required inputs. */
const pathOf = ({ path, document }: Operation): string => {
  const place = path
    .replace('{organizationId}', VICTIM)
    .replace(/\{(?:sequence|line)\}/, '1')
    .replaceAll(/\{\w+\}/g, KEY_ID)
  const query = (document.parameters ?? [])
    .filter(({ in: where }: { in: string }) => where === 'query')
    .flatMap(({ name, required }: { name: string; required: boolean }) => {
      if (name === 'organizationId') return [`organizationId=${VICTIM}`]
      return required ? [`${name}=rag-chatbot`] : []
    })
  return query.length > 0 ? `${place}?${query.join('&')}` : place
}

const bodyOf = ({ path, document }: Operation): unknown => {
  const example = document.requestBody?.content['application/json'].example
  const isEvent = path.startsWith('/api/usage/') && !path.includes('{')
  const { userId: _, ...event } = example?.events?.[0] ?? example ?? {}
  return isEvent && example ? { ...event, organizationId: VICTIM } : example
}
