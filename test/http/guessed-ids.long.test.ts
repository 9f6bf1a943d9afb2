import { beforeAll, describe, expect, it } from 'vitest'
import { type OpenApiOperation, openApiDocument } from '../../src/http/openapi.ts'
import { isLong } from '../setup/form.ts'
import { held } from '../setup/held.ts'
import { ADMIN_KEY, openDoor } from './door.ts'
import { JWT_OF_TESTS, userToken } from './user-token.ts'

const OWN = 'own'
const OTHER = 'other'
/** For the long form; the short one tries each kind, and fewer similar ones. */
const GUESSES = isLong ? 100 : 48
/** The number of malformed ids tried at each place; the next place tries others. */
const SHAPES_A_PLACE = 9

/** Ids that nobody ever got, in every dangerous shape. */
const MALFORMED = [
  ...["' or '1'='1", '1; drop table organizations; --', '<script>alert(1)</script>', '%', '*', '~'],
  ...[
    '\u0000',
    'a\u0000b',
    '\u202e\u0634',
    '\ud83d\ude00',
    'é',
    ' ',
    '-1',
    '0',
    'null',
    'undefined',
  ],
  ...['__proto__', 'constructor', 'toString', '{}', '[]', '../../admin', '..%2f', '%00', '%zz'],
  ...['x'.repeat(128), 'x'.repeat(256), 'x'.repeat(4_000), '$1', "$$'", '\\', '"', '\n', '\r\n'],
]

interface Place {
  readonly operation: string
  readonly parameter: string
  readonly method: string
  readonly path: string
  readonly isAdmins: boolean
  readonly body: unknown
}

const exampleOf = ({ requestBody }: OpenApiOperation): unknown =>
  (requestBody as { content: Record<string, { example: unknown }> } | undefined)?.content[
    'application/json'
  ]?.example

/** Every path parameter that is an id. */
const places: Place[] = Object.entries(openApiDocument().paths ?? {})
  .flatMap(([path, methods]) =>
    Object.entries(methods).flatMap(([method, document]) =>
      [...path.matchAll(/\{(\w+)\}/g)].map(([, parameter = '']) => ({
        operation: document.operationId,
        parameter,
        method: method.toUpperCase(),
        path,
        isAdmins: document['x-access'] === 'admin',
        body: exampleOf(document),
      })),
    ),
  )
  // For the administrator no organization is foreign.
  .filter(({ isAdmins, parameter }) => !isAdmins || parameter !== 'organizationId')

describe('a guessed id', () => {
  const door = openDoor({ jwt: JWT_OF_TESTS, ids: () => 'the-id-of-every-request' })
  /** What there was or is, tried at every place, and what nobody was ever given. */
  const ids: string[] = []
  const shapes: string[] = [...MALFORMED]

  beforeAll(async () => {
    const { tollgate } = door()
    for (const id of [OWN, OTHER, 'closed']) {
      await tollgate.organizations.create({ id, name: id, plan: 'rag-chatbot/pro' })
      await tollgate.members.add({ organizationId: id, userId: `${id}-owner`, role: 'owner' })
    }
    ids.push(...(await idsOfAnother()), ...(await deletedIds()))
    await tollgate.organizations.close({ organizationId: 'closed' })
    while (ids.length + shapes.length < GUESSES) {
      shapes.push(`00000000-0000-7000-8000-${shapes.length}`)
    }
    ids.push(OTHER, 'closed', 'nobody', crypto.randomUUID())
  })

  /** Creates another organization's object of every kind with an id. */
  const idsOfAnother = async (): Promise<string[]> => {
    const { tollgate } = door()
    const event = { organizationId: OTHER, eventType: 'chat_message', id: 'their-event' }
    const tracked = await tollgate.track({ ...event, quantities: { tokens: 5 } })
    const reserved = await tollgate.reserve({ ...event, id: 'held', quantities: { tokens: 5 } })
    const key = await tollgate.apiKeys.create({ organizationId: OTHER, name: 'theirs' })
    const limit = { meter: 'tokens', window: 'day', max: 9, behavior: 'hard', reason: 'r' } as const
    const override = await tollgate.limits.override({ organizationId: OTHER, ...limit })
    const { decisionId } = tracked
    const { reservationId } = held(reserved)
    return ['their-event', 'held', decisionId, reservationId, key.id, key.prefix, override.id]
  }

  /** The caller's own objects that no longer exist. */
  const deletedIds = async (): Promise<string[]> => {
    const { tollgate } = door()
    await tollgate.members.add({ organizationId: OWN, userId: 'left', role: 'admin' })
    await tollgate.members.remove({ organizationId: OWN, userId: 'left' })
    const limit = { meter: 'tokens', window: 'day', max: 9, behavior: 'hard', reason: 'r' } as const
    const { id } = await tollgate.limits.override({ organizationId: OWN, ...limit })
    await tollgate.limits.remove({ organizationId: OWN, overrideId: id })
    return ['left', id]
  }

  const guessesAt = (place: Place): readonly string[] => {
    if (isLong) return [...ids, ...shapes]
    const from = places.indexOf(place) * SHAPES_A_PLACE
    const some = Array.from({ length: SHAPES_A_PLACE }, (_, index) => from + index)
    return [...ids, ...some.map((index) => shapes[index % shapes.length] as string)]
  }

  it.each(places)(
    'gets a 404 from $operation as {$parameter}, alike for every guess',
    async (place) => {
      const before = await door().tollgate.organizations.list()
      const answers = new Set<string>()
      for (const guess of guessesAt(place)) answers.add(await answerTo(place, guess))
      expect([...answers]).toHaveLength(1)
      expect([...answers][0]).toMatch(/^404 .*"code":"not_found"/)
      expect(await door().tollgate.organizations.list()).toEqual(before)
    },
  )

  it(`is tried at least ${GUESSES} times`, () => {
    expect(new Set(places.flatMap(guessesAt)).size).toBeGreaterThanOrEqual(GUESSES)
    expect(places.length).toBeGreaterThan(20)
  })

  /** Status and body, without the path in it, which only repeats the request. */
  const answerTo = async (place: Place, guess: string): Promise<string> => {
    const others = place.path.replace(`{${place.parameter}}`, encodeURIComponent(guess))
    const path = others.replace('{organizationId}', OWN).replaceAll(/\{\w+\}/g, '1')
    const isInQuery = place.isAdmins || place.path.startsWith('/api/usage')
    const needsOrganization = isInQuery && place.path.startsWith('/api/usage')
    const response = await door().handler(
      new Request(
        `http://tollgate.test${path}${needsOrganization ? `?organizationId=${OWN}` : ''}`,
        {
          method: place.method,
          headers: {
            authorization: `Bearer ${place.isAdmins ? ADMIN_KEY : userToken(`${OWN}-owner`)}`,
            ...(place.body ? { 'content-type': 'application/json' } : {}),
          },
          ...(place.body ? { body: JSON.stringify(place.body) } : {}),
        },
      ),
    )
    const text = await response.text()
    const { instance } = JSON.parse(text) as { instance: string }
    return `${response.status} ${text.replace(JSON.stringify(instance), '""')}`
  }
})
