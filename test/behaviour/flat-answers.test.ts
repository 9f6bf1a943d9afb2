import { expect, it } from 'vitest'
import { held } from '../setup/held.ts'
import { creditsOnly } from './credits-catalog.ts'
import { describeTollgate } from './describe-tollgate.ts'

describeTollgate(
  'a verb with idempotent retries',
  (subject) => {
    const begin = async () => {
      const { tollgate, clock } = subject()
      await clock.set('2026-03-10T12:00:00Z')
      const organizationId = await subject().organization('charging', '2026-03-01T00:00:00Z')
      const call = { organizationId, eventType: 'spend', properties: { credits: 1 } }
      const reserved = async () => {
        const { reservationId } = held(await tollgate.reserve(call))
        return { organizationId, reservationId }
      }
      return { tollgate, clock, organizationId, call, reserved }
    }
    type Begun = Awaited<ReturnType<typeof begin>>

    /** Returns a function that sends the same call each time. */
    const VERBS: Record<string, (begun: Begun) => Promise<() => Promise<object>>> = {
      track: async ({ tollgate, call }) => {
        return () => tollgate.track({ ...call, id: 'one' })
      },
      reserve: async ({ tollgate, call }) => {
        return () => tollgate.reserve({ ...call, id: 'one' })
      },
      extend: async ({ tollgate, reserved }) => {
        const hold = await reserved()
        return () => tollgate.extend({ ...hold, id: 'one', expiresInMs: 900_000 })
      },
      settle: async ({ tollgate, reserved }) => {
        const hold = await reserved()
        return () => tollgate.settle({ ...hold, properties: { credits: 2 } })
      },
      release: async ({ tollgate, reserved }) => {
        const hold = await reserved()
        return () => tollgate.release(hold)
      },
      reverse: async ({ tollgate, organizationId, call }) => {
        await tollgate.track({ ...call, id: 'wrong' })
        return () => tollgate.reverse({ organizationId, eventId: 'wrong', reason: 'a mistake' })
      },
      'grants.create': async ({ tollgate, organizationId }) => {
        const grant = { organizationId, id: 'one', credits: 5, reason: 'test' }
        return () => tollgate.grants.create(grant)
      },
      'creditNotes.create': async ({ tollgate, clock, organizationId }) => {
        await clock.set('2026-04-01T02:00:00Z')
        await tollgate.admin.closePeriods()
        const { items } = await tollgate.invoices.list({ organizationId })
        const note = { invoiceId: items[0]?.id as string, id: 'one', amount: '1.00' }
        return () => tollgate.creditNotes.create({ organizationId, ...note, reason: 'test' })
      },
    }

    it.each(Object.keys(VERBS))(
      'answers with a flat object that marks a replay: %s',
      async (verb) => {
        const send = (await VERBS[verb]?.(await begin())) as () => Promise<object>
        const first = await send()
        expect(first).toMatchObject({ replayed: false })
        expect(first).not.toHaveProperty('value')
        expect({ ...(await send()) }).toEqual({ ...first, replayed: true })
      },
    )
  },
  creditsOnly,
)
