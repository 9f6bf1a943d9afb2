import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseCsvInstant } from '../../../src/cli/replay/csv-instant.ts'

const iso = (text: string): string | undefined => parseCsvInstant(text)?.toISOString()

describe('parseCsvInstant', () => {
  it('reads a time without a zone as UTC, with its milliseconds', () => {
    expect(iso('2023-11-16 18:17:03.9799600')).toBe('2023-11-16T18:17:03.979Z')
    expect(iso('2023-11-16T18:17:03.9')).toBe('2023-11-16T18:17:03.900Z')
    expect(iso('2023-11-16 18:17')).toBe('2023-11-16T18:17:00.000Z')
    expect(iso(' 2023-11-16 ')).toBe('2023-11-16T00:00:00.000Z')
  })

  it('applies the given zone', () => {
    expect(iso('2024-03-01T00:30:00+02:00')).toBe('2024-02-29T22:30:00.000Z')
    expect(iso('2024-03-01 00:30:00 -0530')).toBe('2024-03-01T06:00:00.000Z')
    expect(iso('2024-03-01 00:30:00+02')).toBe('2024-02-29T22:30:00.000Z')
    expect(iso('2024-03-01 00:30:00 UTC')).toBe('2024-03-01T00:30:00.000Z')
  })

  it('refuses invalid and nonexistent times', () => {
    const wrong = [
      '',
      'yesterday',
      '170000000',
      '16/11/2023 18:17:03',
      '2023-02-29',
      '2023-13-01',
      '2023-11-16 24:00:00',
      '2023-11-16 18:60:00',
      '2023-11-16 18:17:60',
      '2023-11-16T18:17:03+15:00',
      '2023-11-16 18:17:03.1234567890',
    ]
    for (const text of wrong) expect([text, iso(text)]).toEqual([text, undefined])
  })

  it('reads every instant that JavaScript writes', () => {
    const dates = fc.date({
      min: new Date('1000-01-01T00:00:00Z'),
      max: new Date('9999-12-31T23:59:59Z'),
      noInvalidDate: true,
    })
    fc.assert(
      fc.property(dates, (date) => {
        expect(iso(date.toISOString())).toBe(date.toISOString())
        expect(iso(date.toISOString().replace('T', ' ').replace('Z', ''))).toBe(date.toISOString())
      }),
    )
  })
})
