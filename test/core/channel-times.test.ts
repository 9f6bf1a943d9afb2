import { describe, expect, it } from 'vitest'
import { heldUntil } from '../../src/core/channel-times.ts'

const at = (
  instant: string,
  more: Partial<Parameters<typeof heldUntil>[0]> = {},
  options: Parameters<typeof heldUntil>[2] = {},
): string | undefined => {
  const times = { zone: 'Europe/Berlin', quiet: null, digestAt: null, ...more }
  return heldUntil(times, new Date(instant), options)?.toISOString()
}
const night = { quiet: { from: '22:00', until: '07:00' } }
const early = { quiet: { from: '00:30', until: '02:30' } }
const late = { quiet: { from: '02:30', until: '06:00' } }

describe('what is not urgent', () => {
  it('waits for nothing where nobody asked for quiet', () => {
    expect(at('2026-01-10T03:00:00Z')).toBeUndefined()
  })

  it('waits from the beginning of quiet hours to their end, and not at it', () => {
    expect(at('2026-01-10T20:59:59.999Z', night)).toBeUndefined()
    expect(at('2026-01-10T21:00:00Z', night)).toBe('2026-01-11T06:00:00.000Z')
    expect(at('2026-01-11T05:59:59.999Z', night)).toBe('2026-01-11T06:00:00.000Z')
    expect(at('2026-01-11T06:00:00Z', night)).toBeUndefined()
  })

  it('waits within a day where quiet hours begin and end in it', () => {
    const noon = { zone: 'America/New_York', quiet: { from: '12:00', until: '13:30' } }
    expect(at('2026-07-01T16:15:00Z', noon)).toBe('2026-07-01T17:30:00.000Z')
    expect(at('2026-07-01T17:30:00Z', noon)).toBeUndefined()
  })

  it('waits an hour less in the night in which the clock is put forward', () => {
    expect(at('2026-03-28T21:00:00Z', night)).toBe('2026-03-29T05:00:00.000Z')
    // 02:30 is not that night: it is over with the gap, at 03:00 there.
    expect(at('2026-03-29T00:15:00Z', early)).toBe('2026-03-29T01:00:00.000Z')
    expect(at('2026-03-29T01:00:00Z', early)).toBeUndefined()
    expect(at('2026-03-29T00:59:59Z', late)).toBeUndefined()
    expect(at('2026-03-29T01:00:00Z', late)).toBe('2026-03-29T04:00:00.000Z')
  })

  it('waits an hour more in the night in which it is put back, and is quiet once', () => {
    expect(at('2026-10-24T20:00:00Z', night)).toBe('2026-10-25T06:00:00.000Z')
    // 02:30 comes twice: quiet hours end, and begin, at the first.
    expect(at('2026-10-25T00:29:59Z', early)).toBe('2026-10-25T00:30:00.000Z')
    expect(at('2026-10-25T00:30:00Z', early)).toBeUndefined()
    expect(at('2026-10-25T01:15:00Z', early)).toBeUndefined()
    expect(at('2026-10-25T00:30:00Z', late)).toBe('2026-10-25T05:00:00.000Z')
    expect(at('2026-10-25T01:15:00Z', late)).toBe('2026-10-25T05:00:00.000Z')
  })

  it('waits for a digest once, and then for the end of quiet hours alone', () => {
    const digest = { digestAt: '08:00' }
    expect(at('2026-01-10T07:00:00.001Z', digest)).toBe('2026-01-11T07:00:00.000Z')
    expect(at('2026-01-10T07:00:00Z', digest)).toBeUndefined()
    expect(at('2026-01-10T12:00:00Z', digest, { hasWaited: true })).toBeUndefined()
    const both = { ...night, digestAt: '06:00' }
    expect(at('2026-01-10T12:00:00Z', both)).toBe('2026-01-11T06:00:00.000Z')
    expect(at('2026-01-11T05:30:00Z', both, { hasWaited: true })).toBe('2026-01-11T06:00:00.000Z')
    // The time of the digest is left out that night.
    expect(at('2026-03-28T12:00:00Z', { digestAt: '02:30' })).toBe('2026-03-29T01:00:00.000Z')
    expect(at('2026-10-24T12:00:00Z', { digestAt: '02:30' })).toBe('2026-10-25T00:30:00.000Z')
  })

  it('waits by any clock for less than a day and a bit, and is free when it has waited', () => {
    const zones = [
      'Asia/Kathmandu',
      'Pacific/Apia',
      'America/St_Johns',
      'Australia/Lord_Howe',
      'UTC',
    ]
    for (const zone of zones) {
      for (let hour = 0; hour < 24 * 365; hour += 61) {
        const instant = new Date(Date.UTC(2026, 0, 1, hour, 13))
        const times = { zone, quiet: { from: '23:45', until: '06:15' }, digestAt: null }
        const until = heldUntil(times, instant)
        if (!until) continue
        expect(until.getTime() - instant.getTime()).toBeLessThanOrEqual(7.5 * 3_600_000)
        expect(heldUntil(times, until)).toBeUndefined()
        expect(heldUntil(times, new Date(until.getTime() - 1))).toEqual(until)
      }
    }
  })
})
