import fc from 'fast-check'
import { expect, it } from 'vitest'
import { times } from '../setup/form.ts'
import { creditsOnly } from './credits-catalog.ts'
import { describeTollgate } from './describe-tollgate.ts'

const MINUTE_MS = 60_000
const RUNS = times('TOLLGATE_LEFT_RUNS', { short: 6, long: 60 })

const credits = fc.constantFrom(0, 1, 7, 20, 45)
const step = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('hold' as const), credits }) },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant('settle' as const), place: fc.nat(3), credits }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('release' as const), place: fc.nat(3) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('reverse' as const) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('give' as const),
      lifeMs: fc.constantFrom(3 * MINUTE_MS, 8 * MINUTE_MS),
    }),
  },
  // A ten-minute hold, a grant or the period may end during a wait.
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('wait' as const),
      ms: fc.constantFrom(2 * MINUTE_MS, 5 * MINUTE_MS, 11 * MINUTE_MS, 31 * 24 * 60 * MINUTE_MS),
    }),
  },
)

describeTollgate(
  'the remaining amount in an answer',
  (subject) => {
    const plan = fc.constantFrom('hundred', 'prepaid', 'charging')
    const played = fc.record({ plan, steps: fc.array(step, { minLength: 10, maxLength: 18 }) })

    it('of settle or release equals the balance at that moment', async () => {
      const { tollgate, clock } = subject()
      await fc.assert(
        fc.asyncProperty(played, async ({ plan, steps }) => {
          const id = await subject().organization(`credits/${plan}`)
          const holds: string[] = []
          let lastUse: string | undefined
          const isLeft = async (remaining: number | null) => {
            const { available } = await tollgate.grants.balance({ organizationId: id })
            expect(remaining).toBe(Math.max(0, available as number))
          }
          const taken = (place: number) => holds.splice(place % Math.max(1, holds.length), 1)[0]
          for (const one of steps) {
            if (one.kind === 'wait') await clock.advance(one.ms)
            if (one.kind === 'give') {
              const expiresAt = new Date(clock.now().getTime() + one.lifeMs)
              await tollgate.grants.create({
                organizationId: id,
                credits: 30,
                priority: 1,
                reason: 'test',
                expiresAt,
              })
            }
            if (one.kind === 'hold') {
              const call = { organizationId: id, eventType: 'spend', expiresInMs: 10 * MINUTE_MS }
              const held = await tollgate.reserve({ ...call, properties: { credits: one.credits } })
              if (held.allowed) holds.push(held.reservationId)
            }
            if (one.kind === 'settle') {
              const reservationId = taken(one.place)
              if (reservationId === undefined) continue
              const asked = { organizationId: id, reservationId }
              const settled = await tollgate.settle({
                ...asked,
                properties: { credits: one.credits },
              })
              await isLeft(settled.usage.remainingCredits)
              lastUse = settled.usage.usageEventId ?? undefined
              // The retry gets the first answer, whatever has happened since.
              await clock.advance(2 * MINUTE_MS)
              expect(await tollgate.settle(asked)).toEqual({ ...settled, replayed: true })
            }
            if (one.kind === 'release') {
              const reservationId = taken(one.place)
              if (reservationId === undefined) continue
              const asked = { organizationId: id, reservationId }
              const released = await tollgate.release(asked)
              expect(released.usage).toMatchObject({ creditsConsumed: 0, usageEventId: null })
              await isLeft(released.usage.remainingCredits)
              if (released.state !== 'released') continue
              await clock.advance(4 * MINUTE_MS)
              expect(await tollgate.release(asked)).toEqual({ ...released, replayed: true })
            }
            if (one.kind === 'reverse' && lastUse !== undefined) {
              const asked = { organizationId: id, eventId: lastUse, reason: 'test' }
              // Only the platform reverses use; it reads the balance instead.
              const answer = await tollgate.reverse(asked)
              expect(Object.keys(answer).sort()).toEqual(['eventId', 'replayed', 'reverses'])
              lastUse = undefined
            }
          }
        }),
        { numRuns: RUNS, endOnFailure: true },
      )
    })

    it('is null if no limit is on credits', async () => {
      const { tollgate } = subject()
      const id = await subject().organization('rag-chatbot/enterprise')
      const held = await tollgate.reserve({ organizationId: id, eventType: 'api_call' })
      if (!held.allowed) throw new Error('refused')
      const { usage } = await held.release()
      expect(usage).toEqual({ creditsConsumed: 0, remainingCredits: null, usageEventId: null })
    })
  },
  { catalogs: [...creditsOnly.catalogs, 'rag-chatbot'] },
)
