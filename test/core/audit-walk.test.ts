import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { AuditFault, ChainHead, ChainPoint, StoredEntry } from '../../src/core/audit-chain.ts'
import { ChainWalk } from '../../src/core/audit-walk.ts'
import { chainOf, entryAt, headOf, ORGANIZATION, sha256 } from './audit-chain-of.ts'

const LENGTH = 12
const chain = chainOf(LENGTH)
const at = (sequence: number): StoredEntry => chain[sequence - 1] as StoredEntry
const place = (least = 1, most = LENGTH) => fc.integer({ min: least, max: most })

interface Walked {
  readonly head?: ChainHead | undefined
  readonly anchors?: readonly ChainPoint[]
  /** Entries arrive in batches of this size. */
  readonly piece?: number
}

const walk = (
  rows: readonly StoredEntry[],
  { head = headOf(chain), anchors, piece = LENGTH }: Walked = {},
): AuditFault | undefined => {
  const walking = new ChainWalk(ORGANIZATION, sha256, head, anchors)
  for (let from = 0; from < rows.length; from += piece) {
    const fault = walking.see(rows.slice(from, from + piece))
    if (fault) return fault
  }
  return walking.end(head)
}

const changed = (sequence: number, change: (row: StoredEntry) => Partial<StoredEntry>) =>
  chain.map((row) => (row.sequence === sequence ? { ...row, ...change(row) } : row))

const rehashed = (row: StoredEntry): StoredEntry => ({
  ...row,
  hash: sha256(row.previousHash, row.entry),
})

/** The result is the same for any batch size. */
const finds = (rows: readonly StoredEntry[], wanted: object | undefined, walked: Walked = {}) => {
  for (const piece of [1, 2, 3, LENGTH * 2]) {
    const fault = walk(rows, { ...walked, piece })
    if (wanted === undefined) expect(fault).toBeUndefined()
    else expect(fault).toMatchObject({ organizationId: ORGANIZATION, ...wanted })
  }
}

describe('the verification of an audit chain', () => {
  it('finds no fault in an intact chain, in any batches', () => {
    finds(chain, undefined)
    finds([], undefined, { head: headOf([]) })
  })

  it('names an entry with a changed text, hash or link', () => {
    fc.assert(
      fc.property(place(), (sequence) => {
        const text = changed(sequence, ({ entry }) => ({ entry: entry.replace('"me"', '"you"') }))
        const hash = changed(sequence, () => ({ hash: 'ab'.repeat(32) }))
        const link = changed(sequence, () => ({ previousHash: 'cd'.repeat(32) }))
        for (const rows of [text, hash, link]) finds(rows, { sequence, fault: 'altered' })
      }),
    )
  })

  it('names an entry whose hash was adjusted to its changed text', () => {
    fc.assert(
      fc.property(place(1, LENGTH - 1), (sequence) => {
        const rows = changed(sequence, (row) =>
          rehashed({ ...row, entry: row.entry.replace('"me"', '"you"') }),
        )
        finds(rows, { sequence, fault: 'altered' })
      }),
    )
    const last = changed(LENGTH, (row) => rehashed({ ...row, entry: `${row.entry} ` }))
    finds(last, { sequence: LENGTH, fault: 'head' })
  })

  it('names an entry that was linked to another predecessor', () => {
    fc.assert(
      fc.property(place(2), (sequence) => {
        const rows = changed(sequence, (row) => rehashed({ ...row, previousHash: 'cd'.repeat(32) }))
        finds(rows, { sequence, fault: 'altered' })
      }),
    )
  })

  it('names a missing entry, even if later ones were moved up', () => {
    fc.assert(
      fc.property(place(1, LENGTH - 1), (sequence) => {
        const rest = chain.filter((row) => row.sequence !== sequence)
        finds(rest, { sequence, fault: 'missing' })
        const moved = rest.map((row, index) => ({ ...row, sequence: index + 1 }))
        finds(moved, { sequence, fault: 'missing' })
      }),
    )
  })

  it('names the first of two swapped entries', () => {
    fc.assert(
      fc.property(place(), place(), (one, other) => {
        fc.pre(one < other)
        const rows = chain.map((row) => {
          const from = row.sequence === one ? other : row.sequence === other ? one : row.sequence
          return { ...at(from), sequence: row.sequence }
        })
        finds(rows, { sequence: one, fault: 'out of order' })
      }),
    )
  })

  it('names an inserted entry', () => {
    fc.assert(
      fc.property(place(), (sequence) => {
        const forged = entryAt(sequence, at(sequence).previousHash, 'thing:forged')
        const moved = chain
          .slice(sequence - 1)
          .map((row) => ({ ...row, sequence: row.sequence + 1 }))
        finds([...chain.slice(0, sequence - 1), forged, ...moved], { sequence, fault: 'inserted' })
        for (const twice of [
          [at(sequence), forged],
          [forged, at(sequence)],
          [at(sequence), { ...forged, entry: 'x' }],
          [{ ...forged, entry: 'x' }, at(sequence)],
          [at(sequence), rehashed({ ...forged, previousHash: 'cd'.repeat(32) })],
        ]) {
          const rows = [...chain.slice(0, sequence - 1), ...twice, ...chain.slice(sequence)]
          finds(rows, { sequence, fault: 'inserted' })
        }
      }),
    )
  })

  it('names a repeated entry, even if later ones were moved down', () => {
    fc.assert(
      fc.property(place(), (sequence) => {
        const moved = chain
          .slice(sequence - 1)
          .map((row) => ({ ...row, sequence: row.sequence + 1 }))
        const rows = [...chain.slice(0, sequence), ...moved]
        finds(rows, { sequence: sequence + 1, fault: 'inserted' })
      }),
    )
  })

  it('names entries added after the end, and entries missing from it', () => {
    const forged = entryAt(LENGTH + 1, at(LENGTH).hash)
    finds([...chain, forged], { sequence: LENGTH + 1, fault: 'inserted' })
    fc.assert(
      fc.property(place(0, LENGTH - 1), (kept) => {
        finds(chain.slice(0, kept), { sequence: kept + 1, fault: 'truncated' })
      }),
    )
  })

  it('names entries of another chain', () => {
    for (const organizationId of ['other', 'acmf']) {
      const other = entryAt(1, '00'.repeat(32), undefined, organizationId)
      finds([other, ...chain.slice(1)], { sequence: 1, fault: 'inserted' })
    }
  })

  it('finds a wrong head', () => {
    const head = headOf(chain)
    finds(chain, { sequence: LENGTH, fault: 'head' }, { head: { ...head, hash: 'ab'.repeat(32) } })
    const wrongStart = { sequence: 0, hash: 'ab'.repeat(32) }
    finds(chain, { sequence: 0, fault: 'head' }, { head: { ...head, start: wrongStart } })
    const walking = new ChainWalk(ORGANIZATION, sha256, undefined)
    expect(walking.see(chain) ?? walking.end(undefined)).toMatchObject({ fault: 'head' })
  })

  it('finds a start without an entry about it', () => {
    fc.assert(
      fc.property(place(1, LENGTH - 1), (sequence) => {
        const head = { ...headOf(chain), start: { sequence, hash: at(sequence).hash } }
        finds(chain.slice(sequence), { sequence, fault: 'head' }, { head })
      }),
    )
  })

  it('finds a rewritten chain only with an anchor', () => {
    fc.assert(
      fc.property(place(), place(1, LENGTH * 2), (from, length) => {
        const forged = chainOf(Math.max(from, length), (sequence) =>
          sequence < from ? undefined : 'thing:forged',
        )
        const head = headOf(forged)
        finds(forged, undefined, { head })
        const anchors = [at(LENGTH)]
        const sequence = Math.min(LENGTH, forged.length + 1)
        finds(forged, { sequence, fault: 'anchor' }, { head, anchors })
        // More anchors narrow down where the rewrite began.
        const closer = [at(Math.max(1, from - 1)), at(from), at(LENGTH)]
        finds(forged, { sequence: from, fault: 'anchor' }, { head, anchors: closer })
      }),
    )
  })

  it('agrees with its own anchors', () => {
    const walking = new ChainWalk(ORGANIZATION, sha256, headOf(chain), [at(3), at(9), at(LENGTH)])
    expect(walking.see(chain) ?? walking.end(headOf(chain))).toBeUndefined()
    expect(walking.anchorsMatched).toBe(3)
  })
})
