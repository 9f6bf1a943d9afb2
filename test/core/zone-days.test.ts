import { describe, expect, it } from 'vitest'
import { areWholeDays, isZone, lastZoneDays } from '../../src/core/zone-days.ts'

const HOUR_MS = 3_600_000

const lastDays = (zone: string, at: string, count: number) =>
  lastZoneDays(zone, Date.parse(at), count).map(({ date, fromMs, toMs }) => ({
    date,
    from: new Date(fromMs).toISOString(),
    hours: (toMs - fromMs) / HOUR_MS,
  }))

describe("a time zone's days", () => {
  it('are calendar days in UTC', () => {
    expect(lastDays('UTC', '2026-03-01T00:00:00Z', 2)).toEqual([
      { date: '2026-02-28', from: '2026-02-28T00:00:00.000Z', hours: 24 },
      { date: '2026-03-01', from: '2026-03-01T00:00:00.000Z', hours: 24 },
    ])
  })

  it('have 23 hours when clocks move forward, and 25 when they move back', () => {
    expect(lastDays('Europe/Berlin', '2026-03-30T12:00:00Z', 3)).toEqual([
      { date: '2026-03-28', from: '2026-03-27T23:00:00.000Z', hours: 24 },
      { date: '2026-03-29', from: '2026-03-28T23:00:00.000Z', hours: 23 },
      { date: '2026-03-30', from: '2026-03-29T22:00:00.000Z', hours: 24 },
    ])
    expect(lastDays('America/New_York', '2026-11-02T12:00:00Z', 2)).toEqual([
      { date: '2026-11-01', from: '2026-11-01T04:00:00.000Z', hours: 25 },
      { date: '2026-11-02', from: '2026-11-02T05:00:00.000Z', hours: 24 },
    ])
  })

  it('include 29 February only in a leap year', () => {
    expect(lastDays('Asia/Tokyo', '2028-03-01T01:00:00Z', 2)).toMatchObject([
      { date: '2028-02-29', hours: 24 },
      { date: '2028-03-01', hours: 24 },
    ])
    expect(lastDays('Asia/Tokyo', '2026-03-01T01:00:00Z', 2)).toMatchObject([
      { date: '2026-02-28' },
      { date: '2026-03-01' },
    ])
  })

  it('begin with the first whole hour if the zone is 30 or 45 minutes off', () => {
    const kolkata = lastZoneDays('Asia/Kolkata', Date.parse('2026-03-10T12:00:00Z'), 2)
    expect(lastDays('Asia/Kolkata', '2026-03-10T12:00:00Z', 1)).toEqual([
      // Midnight there is 18:30, so the hour from 18:00 belongs to the day before.
      { date: '2026-03-10', from: '2026-03-09T19:00:00.000Z', hours: 24 },
    ])
    expect(areWholeDays('Asia/Kolkata', kolkata)).toBe(false)
    expect(lastDays('Asia/Kathmandu', '2026-03-10T12:00:00Z', 1)).toEqual([
      { date: '2026-03-10', from: '2026-03-09T19:00:00.000Z', hours: 24 },
    ])
    const berlin = lastZoneDays('Europe/Berlin', Date.parse('2026-03-10T12:00:00Z'), 2)
    expect(areWholeDays('Europe/Berlin', berlin)).toBe(true)
  })

  it('begin at one o’clock if clocks move forward at midnight', () => {
    // Cairo, 2026-04-24: from 00:00 to 01:00.
    const days = lastZoneDays('Africa/Cairo', Date.parse('2026-04-24T12:00:00Z'), 2)
    expect(lastDays('Africa/Cairo', '2026-04-24T12:00:00Z', 1)).toEqual([
      { date: '2026-04-24', from: '2026-04-23T22:00:00.000Z', hours: 23 },
    ])
    expect(areWholeDays('Africa/Cairo', days)).toBe(true)
  })

  it('have no hours on a date that the zone skipped', () => {
    expect(lastDays('Pacific/Apia', '2011-12-31T12:00:00Z', 3)).toMatchObject([
      { date: '2011-12-30', hours: 0 },
      { date: '2011-12-31', hours: 24 },
      { date: '2012-01-01', hours: 24 },
    ])
  })

  it.each(['UTC', 'Europe/Berlin', 'America/St_Johns', 'Pacific/Chatham', 'Pacific/Kiritimati'])(
    'tile time in %s, and the last day contains the moment',
    (zone) => {
      const atMs = Date.parse('2026-06-15T13:37:00Z')
      const days = lastZoneDays(zone, atMs, 400)
      expect(days).toHaveLength(400)
      for (const [n, day] of days.entries()) {
        expect(day.toMs).toBe(days[n + 1]?.fromMs ?? day.toMs)
        expect(day.fromMs % HOUR_MS).toBe(0)
      }
      const last = days.at(-1)
      expect(last && last.fromMs <= atMs && atMs < last.toMs).toBe(true)
      expect(new Set(days.map(({ date }) => date)).size).toBe(400)
    },
  )

  it('need a zone with a known name', () => {
    for (const zone of ['UTC', 'Europe/Berlin', 'America/Argentina/Ushuaia', 'Etc/GMT+5']) {
      expect(isZone(zone), zone).toBe(true)
    }
    for (const zone of ['', 'Mars/Olympus', '+01:00', 'Europe/Berlin ', '../etc/passwd']) {
      expect(isZone(zone), zone).toBe(false)
    }
  })
})
