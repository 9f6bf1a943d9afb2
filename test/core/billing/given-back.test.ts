import fc from 'fast-check'
import { expect, it } from 'vitest'
import { type ChargeEvent, givenBack } from '../../../src/core/billing/given-back.ts'

const invoice = (
  id: string,
  charged: bigint,
  ...adjustments: { adjusts: string; amount: bigint }[]
): ChargeEvent => ({ kind: 'invoice', id, charged, adjustments })
const note = (invoiceId: string, amount: bigint): ChargeEvent => ({
  kind: 'note',
  invoiceId,
  amount,
})

it('a return takes from later adjustments first, and never more than credit notes have left', () => {
  const book = givenBack([
    invoice('march', 1_000n),
    invoice('april', 500n, { adjusts: 'march', amount: 300n }),
    note('april', 700n),
  ])
  expect(book.leftOf('april')).toBe(100n)
  // 100 of the 300 that April charged for March, then March's own.
  expect(book.takeBack('march', 1_200n)).toBe(1_100n)
  expect([book.leftOf('march'), book.leftOf('april')]).toEqual([0n, 0n])
})

it('a return excludes what earlier invoices returned', () => {
  const book = givenBack([
    invoice('march', 1_000n),
    invoice('april', 0n, { adjusts: 'march', amount: -400n }),
  ])
  expect(book.leftOf('march')).toBe(600n)
})

it('returns never exceed the charges, in any order', () => {
  const amount = fc.bigInt({ min: 1n, max: 100n })
  const step = fc.record({ of: fc.nat(4), amount, isNote: fc.boolean(), later: amount })
  fc.assert(
    fc.property(fc.array(amount, { minLength: 5, maxLength: 5 }), fc.array(step), (own, steps) => {
      const events: ChargeEvent[] = own.map((charged, place) => invoice(`${place}`, charged))
      let charged = own.reduce((sum, one) => sum + one, 0n)
      let back = 0n
      for (const [index, { of, amount: wanted, isNote, later }] of steps.entries()) {
        const book = givenBack(events)
        if (isNote) {
          const left = book.leftOf(`${of}`)
          let given = wanted
          if (left < given) given = left
          events.push(note(`${of}`, given))
          back += given
        } else {
          const given = book.takeBack(`${of}`, wanted)
          const adjustments = [
            { adjusts: `${of}`, amount: -given },
            { adjusts: `${(of + 1) % 5}`, amount: later },
          ]
          events.push(invoice(`later ${index}`, 0n, ...adjustments))
          back += given
          charged += later
        }
        expect(back <= charged).toBe(true)
      }
    }),
  )
})
