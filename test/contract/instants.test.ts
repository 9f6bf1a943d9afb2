import { describe, expect, it } from 'vitest'
import { instantSchema } from '../../src/contract/text.ts'
import { endDateSchema, startDateSchema } from '../../src/contract/usage-history.ts'

describe('an instant', () => {
  it.each([
    ['2026-11-28t16:00:00z', '2026-11-28T16:00:00.000Z'],
    ['2026-11-28T16:00:00.25+01:00', '2026-11-28T15:00:00.250Z'],
    ['2016-12-31T23:59:60Z', '2017-01-01T00:00:00.000Z'],
    ['2016-12-31T23:59:60.5Z', '2017-01-01T00:00:00.000Z'],
    ['2017-01-01T00:59:60+01:00', '2017-01-01T00:00:00.000Z'],
  ])('may have any RFC 3339 form: %s', (text, iso) => {
    expect(instantSchema.parse(text).toISOString()).toBe(iso)
    expect(startDateSchema.parse(text).toISOString()).toBe(iso)
    expect(endDateSchema.parse(text).toISOString()).toBe(iso)
  })

  it.each([
    '2026-11-28T16:00:60Z',
    '2016-12-30T23:59:60Z',
    '2016-12-31T23:58:60Z',
    '2026-02-30T00:00:00Z',
    '2026-11-28T16:00:61Z',
    '2026-11-28T16:00:00',
    '2026-11-28 16:00:00z',
    'z',
    '',
  ])('is refused if it does not exist: %s', (text) => {
    const { error } = instantSchema.safeParse(text)
    expect(error?.issues[0]?.message).toMatch(/ISO 8601/)
    expect(startDateSchema.safeParse(text).success).toBe(false)
  })
})
