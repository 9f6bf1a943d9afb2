import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createHandler } from '../../src/server.ts'
import { times } from '../setup/form.ts'
import { AUDIENCE, byHmac, ISSUER, SECRET, tokenOf } from './authentication/issuer.ts'
import { type Door, openDoor, type SendOptions, sender } from './door.ts'
import { JWT_OF_TESTS } from './user-token.ts'

const MAX_A_MINUTE = 5
const MAX_AT_ONCE = 2
const SECOND_MS = 1_000
const HOLD_MS = 300 * SECOND_MS
const VERA = 'vera'

/** The user that a call names. */
type Named = 'nobody' | 'null' | 'vera' | 'ben' | 'invented'

type Step =
  | {
      readonly does: 'check' | 'track' | 'reserve' | 'record' | 'batch' | 'cloudEvent'
      readonly named: Named
      /** An id reused in the walk by any action. */
      readonly id: string | undefined
      readonly tokens: number
    }
  | {
      readonly does: 'extend' | 'settle' | 'release'
      /** The hold by number, including Ben's. */
      readonly hold: number
      readonly tokens: number
    }
  | { readonly does: 'wait'; readonly seconds: number }

const tokens = fc.integer({ min: 0, max: 7 })
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      does: fc.constantFrom('check', 'track', 'track', 'reserve', 'record', 'batch', 'cloudEvent'),
      named: fc.constantFrom<Named>('nobody', 'null', 'vera', 'ben', 'invented'),
      id: fc.option(fc.constantFrom('a', 'b', 'c', 'of-ben'), { nil: undefined }),
      tokens,
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      does: fc.constantFrom('extend', 'settle', 'release'),
      hold: fc.nat(),
      tokens,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      does: fc.constant('wait' as const),
      seconds: fc.constantFrom(1, 7, 12, 40, 400),
    }),
  },
)

describe("a viewer's token", () => {
  const door = openDoor()
  let organizations = 0
  let invented = 0

  const founded = async () => {
    const { tollgate } = door()
    organizations += 1
    const organizationId = `walked-${organizations}`
    await tollgate.organizations.create({ id: organizationId, name: 'x', plan: 'rag-chatbot/pro' })
    await tollgate.members.add({ organizationId, userId: VERA, role: 'viewer' })
    await tollgate.members.add({ organizationId, userId: 'ben', role: 'member' })
    for (const [meter, window, max] of [
      ['chat_messages', 'minute', MAX_A_MINUTE],
      ['chat_messages', 'concurrent', MAX_AT_ONCE],
    ] as const) {
      const limit = { meter, window, max, behavior: 'hard', per: 'user', reason: 'a walk' } as const
      await tollgate.limits.override({ organizationId, ...limit })
    }
    const ofBen = { organizationId, userId: 'ben', eventType: 'chat_message' }
    await tollgate.track({ ...ofBen, id: 'of-ben', quantities: { tokens: 2 } })
    const hold = await tollgate.reserve({
      ...ofBen,
      quantities: { tokens: 3 },
      expiresInMs: 86_400_000,
    })
    return { organizationId, holdOfBen: (hold as { reservationId: string }).reservationId }
  }

  const userIdOf = (named: Named): { userId?: string | null } => {
    if (named === 'nobody') return {}
    if (named === 'null') return { userId: null }
    if (named !== 'invented') return { userId: named }
    invented += 1
    return { userId: `ghost-${invented}` }
  }

  it('gets no more than its limits per user, and never writes under another name', async () => {
    const run = fc.asyncProperty(
      fc.array(step, { minLength: 20, maxLength: 50 }),
      async (steps) => {
        const walk = await walkOf(door(), await founded(), userIdOf)
        for (const one of steps) await walk.take(one)
        await walk.expectKept()
      },
    )
    const numRuns = times('TOLLGATE_OWN_CALLS_RUNS', { short: 8, long: 300 })
    await fc.assert(run, { numRuns })
  })
})

/** One random walk through an organization, as Vera. */
const walkOf = async (
  { tollgate, clock }: Door,
  { organizationId, holdOfBen }: { organizationId: string; holdOfBen: string },
  userIdOf: (named: Named) => { userId?: string | null },
) => {
  const send = sender(createHandler(tollgate, { jwt: JWT_OF_TESTS, now: clock.now }))
  /** All holds that Vera knows, and their expiry; Ben's is the first. */
  const holds = new Map<string, number>([[holdOfBen, Number.POSITIVE_INFINITY]])
  const ended = new Set<string>([holdOfBen])
  const nowMs = () => clock.now().getTime()
  const isUnexpired = ([, endsAtMs]: readonly [string, number]) => endsAtMs > nowMs()
  const post = (path: string, options: SendOptions) => {
    const iat = Math.floor(clock.now().getTime() / 1_000)
    const claims = { iss: ISSUER, aud: AUDIENCE, sub: VERA, iat, exp: iat + 300 }
    const key = tokenOf({ alg: 'HS256', typ: 'JWT' }, claims, byHmac(SECRET))
    return send('POST', path, { ...options, key })
  }

  const call = async (one: Extract<Step, { named: Named }>): Promise<void> => {
    const { does, named, id } = one
    const data = { ...userIdOf(named), quantities: { tokens: one.tokens } }
    const event = { ...data, eventType: 'chat_message', organizationId, ...(id && { id }) }
    const isOwn = named !== 'ben' && named !== 'invented'
    if (does === 'record' || does === 'batch' || does === 'cloudEvent') {
      const cloudEvent = {
        specversion: '1.0',
        source: 'walk',
        id: id ?? crypto.randomUUID(),
        data,
        type: event.eventType,
        subject: organizationId,
      }
      const body = { record: event, batch: { events: [event, event] }, cloudEvent }[does]
      const headers = { 'content-type': 'application/cloudevents+json' }
      const sent = does === 'cloudEvent' ? { body, headers } : { body }
      const { status, body: answer } = await post('/api/usage/events', sent)
      if (does !== 'batch') expect(status).toBe(403)
      else expect(answer).toMatchObject({ accepted: 0, duplicates: 0, rejected: [{}, {}] })
      return
    }
    const verb = { check: 'check', track: 'track', reserve: 'reservations' }[does]
    const body = does === 'reserve' ? { ...event, expiresInMs: HOLD_MS } : event
    const answer = await post(`/api/usage/${verb}`, { body })
    // 422 if the id was used for something else before.
    expect(isOwn ? [200, 409, 422] : [403]).toContain(answer.status)
    if (does !== 'reserve' || !answer.body.allowed) return
    const { reservationId } = answer.body
    // The same id returns the first answer, and holds nothing more.
    if (!holds.has(reservationId)) holds.set(reservationId, nowMs() + HOLD_MS)
    const atOnce = [...holds].filter(isUnexpired).filter(([of]) => !ended.has(of))
    expect(atOnce.length).toBeLessThanOrEqual(MAX_AT_ONCE)
  }

  const end = async ({ does, hold, tokens: amount }: Extract<Step, { hold: number }>) => {
    // Settles unexpired holds only, because a late settlement counts even past the limit.
    const known = [...holds].filter(isUnexpired)
    const [id] = known[hold % known.length] as (typeof known)[number]
    const path = `/api/usage/reservations/${id}/${does}?organizationId=${organizationId}`
    const used = { quantities: { tokens: amount } }
    const body = { extend: { ...used, expiresInMs: HOLD_MS }, settle: used, release: undefined }
    const { status, body: answer } = await post(path, { body: body[does] })
    expect(id === holdOfBen ? [403] : [200, 409]).toContain(status)
    if (status !== 200) return
    if (does !== 'extend') ended.add(id)
    else if (answer.allowed) holds.set(id, nowMs() + HOLD_MS)
  }

  const take = async (one: Step): Promise<void> => {
    if (one.does === 'wait') await clock.advance(one.seconds * SECOND_MS)
    else if ('hold' in one) await end(one)
    else await call(one)
  }

  /** Summed from the events themselves, and from nothing that the gate stores. */
  const expectKept = async (): Promise<void> => {
    const others: (string | null)[] = []
    const atMs: number[] = []
    for await (const one of tollgate.usage.history({ organizationId, limit: 200 })) {
      if (one.userId === VERA) atMs.push(Date.parse(one.occurredAt))
      else others.push(one.userId)
    }
    expect(others).toEqual(['ben'])
    atMs.sort((one, other) => one - other)
    for (const [first, fromMs] of atMs.entries()) {
      for (const [last, toMs] of atMs.entries()) {
        if (last < first) continue
        const allowance = MAX_A_MINUTE * (1 + (toMs - fromMs) / (60 * SECOND_MS))
        expect(last - first + 1).toBeLessThanOrEqual(allowance)
      }
    }
  }

  return { take, expectKept }
}
