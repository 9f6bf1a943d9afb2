import { expect, it } from 'vitest'
import type { Tollgate } from '../../src/contract/tollgate.ts'
import { describeEngine } from '../behaviour/describe-engine.ts'

/** As an untyped caller might write it. */
type Careless = { readonly [Verb in keyof Tollgate]: (...given: unknown[]) => Promise<unknown> }

describeEngine('input from an untyped caller', { catalogs: ['rag-chatbot'] }, (subject) => {
  const careless = () => subject().tollgate as unknown as Careless
  const call = { organizationId: 'acme', eventType: 'api_call' }
  const refused = (field: string, message: string) => ({
    code: 'invalid_request',
    faults: [{ field, message }],
  })

  it.each([null, undefined, 'acme', 5, [], () => {}])(
    'is refused by its field with a rejected promise: %j',
    async (given) => {
      for (const verb of ['check', 'track', 'reserve', 'settle', 'release', 'explain'] as const) {
        const answer = careless()[verb](given)
        await expect(answer, verb).rejects.toMatchObject(refused('organizationId', 'is required'))
      }
    },
  )

  it.each([null, 'acme', 5])('is refused with the options %j', async (options) => {
    for (const verb of ['check', 'track', 'reserve'] as const) {
      const answer = careless()[verb](call, options)
      await expect(answer, verb).rejects.toMatchObject(refused('options', 'must be an object'))
    }
  })

  it('must contain an id, and an impossible id gets "not found"', async () => {
    const { organization } = subject()
    const organizationId = await organization('trial')
    const settle = (reservationId: unknown) => careless().settle({ organizationId, reservationId })
    for (const none of [undefined, null, {}, true]) {
      await expect(settle(none)).rejects.toMatchObject({
        code: 'invalid_request',
        faults: [{ field: 'reservationId' }],
      })
    }
    for (const unknown of ['', 'a\0b', 'x'.repeat(300), 5]) {
      await expect(settle(unknown)).rejects.toMatchObject({ code: 'not_found', faults: [] })
    }
  })
})
