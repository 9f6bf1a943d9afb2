import { describe, expect, it } from 'vitest'
import { diffDocuments } from '../../src/core/catalog-diff.ts'

describe('the difference between two lists of limits', () => {
  const limit = { meter: 'api_calls', window: 'minute', max: 60 }

  it('is listed by meter, window and subject', () => {
    const before = [limit, { ...limit, per: 'user', max: 5 }]
    const after = [{ ...limit, per: 'user', max: 9 }, limit, { ...limit, per: 'api_key' }]
    expect(diffDocuments(before, after, 'limits')).toEqual([
      { path: 'limits.api_calls/minute/user.max', change: 'changed', before: 5, after: 9 },
      { path: 'limits.api_calls/minute/api_key', change: 'added', after: after[2] },
    ])
  })

  it('assumes the organization if no subject is named', () => {
    const after = [{ ...limit, per: 'organization', max: 90 }]
    expect(diffDocuments([limit], after, 'limits')).toEqual([
      { path: 'limits.api_calls/minute.max', change: 'changed', before: 60, after: 90 },
      {
        path: 'limits.api_calls/minute.per',
        change: 'added',
        after: 'organization',
      },
    ])
  })
})
