import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { TIME_WINDOWS } from '../../src/core/catalog-words.ts'
import { windowEnd, windowStart } from '../../src/core/windows.ts'
import { describeOnEachDatabase } from '../setup/substrates.ts'

const ms = (text: string) => Date.parse(text)
const iso = (value: number) => new Date(value).toISOString()
/** Any millisecond of the years with metered use. */
const instant = fc.integer({ min: ms('1990-01-01T00:00:00Z'), max: ms('2100-01-01T00:00:00Z') })

describe('windows', () => {
  it.each([
    ['2026-01-31T10:00:00Z', '2026-02-28T00:00:00Z', '2026-02-28', '2026-03-31'],
    ['2026-01-31T10:00:00Z', '2026-02-27T23:59:59.999Z', '2026-01-31', '2026-02-28'],
    ['2026-01-31T10:00:00Z', '2026-03-30T00:00:00Z', '2026-02-28', '2026-03-31'],
    ['2024-02-29T00:00:00Z', '2025-02-28T12:00:00Z', '2025-02-28', '2025-03-29'],
    ['2024-01-30T00:00:00Z', '2024-02-29T12:00:00Z', '2024-02-29', '2024-03-30'],
    ['2026-05-15T18:00:00Z', '2026-05-15T00:00:00Z', '2026-05-15', '2026-06-15'],
    ['2026-05-15T18:00:00Z', '2026-04-01T00:00:00Z', '2026-03-15', '2026-04-15'],
  ])('puts a period anchored at %s that contains %s at %s to %s', (anchor, at, start, end) => {
    expect(iso(windowStart('period', ms(at), ms(anchor))).slice(0, 10)).toBe(start)
    expect(iso(windowEnd('period', ms(at), ms(anchor))).slice(0, 10)).toBe(end)
  })

  it.each(TIME_WINDOWS)(
    'tile time by %s: each instant is in one window, and each end is the next start',
    (window) => {
      fc.assert(
        fc.property(instant, instant, (at, anchor) => {
          const start = windowStart(window, at, anchor)
          const end = windowEnd(window, at, anchor)
          expect(start).toBeLessThanOrEqual(at)
          expect(end).toBeGreaterThan(at)
          expect(windowStart(window, end, anchor)).toBe(end)
          expect(windowStart(window, end - 1, anchor)).toBe(start)
          expect(windowEnd(window, start - 1, anchor)).toBe(start)
        }),
        { numRuns: 2_000 },
      )
    },
  )
})

describeOnEachDatabase("the database's windows", (open) => {
  it("equal the code's windows, for every anchor and instant", async () => {
    const db = await open()
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.constantFrom(...TIME_WINDOWS), instant, instant), {
          minLength: 200,
          maxLength: 200,
        }),
        async (asks) => {
          const rows = await db.query<{ start: Date }>(
            `select tollgate.window_start(w, at, anchor) as start
             from unnest($1::text[], $2::timestamptz[], $3::timestamptz[])
               with ordinality a (w, at, anchor, n) order by n`,
            [asks.map(([w]) => w), asks.map(([, at]) => iso(at)), asks.map(([, , a]) => iso(a))],
          )
          expect(rows.map((row) => row.start.getTime())).toEqual(
            asks.map(([window, at, anchor]) => windowStart(window, at, anchor)),
          )
        },
      ),
      { numRuns: 20 },
    )
  })
})
