import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { auditEntryPrefix, auditEntryRest } from '../../src/core/audit.ts'

const at = new Date('2026-03-10T12:00:00Z')
const act = {
  organizationId: 'acme',
  category: 'limits',
  action: 'limit.changed',
  actor: 'me',
  subject: 'limit:tokens/day',
} as const

const parsed = (more: object) =>
  JSON.parse(`${auditEntryPrefix('acme')}1${auditEntryRest({ ...act, ...more }, at)}`)

describe('the text of an audit entry', () => {
  it('is JSON with sorted keys, organization and position first', () => {
    const text = `${auditEntryPrefix('acme')}7${auditEntryRest({ ...act, new: { b: 1, a: 2 } }, at)}`
    expect(text).toBe(
      '{"organizationId":"acme","sequence":7,"action":"limit.changed","actor":"me","address":null,' +
        '"category":"limits","new":{"a":2,"b":1},"occurredAt":"2026-03-10T12:00:00.000Z",' +
        '"old":null,"subject":"limit:tokens/day"}',
    )
  })

  it('is the same for any order of the values', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
        const turned = Object.fromEntries(Object.entries(value).reverse())
        expect(auditEntryRest({ ...act, old: turned }, at)).toBe(
          auditEntryRest({ ...act, old: value }, at),
        )
      }),
    )
  })

  it('preserves every value that a database can hold', () => {
    fc.assert(
      fc.property(fc.jsonValue({ stringUnit: 'grapheme' }), (value) => {
        fc.pre(!JSON.stringify(value).includes('\\u0000'))
        expect(parsed({ new: value }).new).toEqual(JSON.parse(JSON.stringify(value)))
      }),
    )
  })

  it('replaces characters that no database can hold', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (key, text) => {
        const rest = auditEntryRest({ ...act, actor: text, new: { [key]: text } }, at)
        expect(rest).not.toMatch(/\\u0000|\\ud[89a-f]/i)
        expect(rest.isWellFormed()).toBe(true)
      }),
    )
    expect(parsed({ actor: 'a\0b\ud800' }).actor).toBe('a␀b\ufffd')
  })

  it('writes whole numbers of any size and instants as text, and omits missing values', () => {
    const value = { units: 2n ** 70n, at, none: undefined }
    expect(parsed({ new: value }).new).toEqual({
      units: '1180591620717411303424',
      at: '2026-03-10T12:00:00.000Z',
    })
  })
})
