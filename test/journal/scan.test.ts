import { describe, expect, it } from 'vitest'
import { FrameWriter } from '../../src/journal/frame.ts'
import { scan } from '../../src/journal/scan.ts'

/** A file with a header and several frames of lines. */
const fileOf = (...frames: readonly (readonly string[])[]): Buffer => {
  const writer = new FrameWriter()
  let first = 0
  const frame = (text: string, count: number): Buffer => {
    writer.begin().ascii(text)
    const length = writer.end(first, count)
    return Buffer.from(writer.buffer.subarray(0, length))
  }
  const parts = [frame('{"heading":1}\n', 0)]
  for (const lines of frames) {
    parts.push(frame(lines.map((line) => `${line}\n`).join(''), lines.length))
    first += lines.length
  }
  return Buffer.concat(parts)
}

const EARLIER = [['{"n":0}'], ['{"n":1}', '{"n":2}']]
const LAST = ['{"n":3}', '{"n":4}']
const KEPT = EARLIER.flat()
const before = fileOf(...EARLIER)
const whole = fileOf(...EARLIER, LAST)

describe('a journal file', () => {
  it("returns the written lines and the file's own header", () => {
    expect(scan(whole)).toEqual({
      heading: '{"heading":1}',
      lines: [...KEPT, ...LAST],
      flaws: [],
      next: 5,
    })
  })

  it.each([
    ['ends there', (at: number) => whole.subarray(0, at)],
    [
      'is zeros from there on',
      (at: number) => Buffer.concat([whole.subarray(0, at), Buffer.alloc(200)]),
    ],
  ])('is torn, and keeps all earlier lines, if it %s, at every byte', (_how, cut) => {
    expect(scan(cut(before.length)).flaws).toEqual([])
    for (let at = before.length + 1; at < whole.length; at++) {
      const { lines, flaws } = scan(cut(at))
      expect(lines).toEqual(KEPT)
      expect(flaws.map(({ kind, position }) => [kind, position])).toEqual([['torn', before.length]])
    }
  })

  it('is damaged, never torn, if any bit of its last write is changed', () => {
    for (let at = before.length; at < whole.length; at++) {
      for (let bit = 0; bit < 8; bit++) {
        const flipped = Buffer.from(whole)
        flipped[at] = (flipped[at] as number) ^ (1 << bit)
        const { lines, flaws } = scan(flipped)
        expect(lines).toEqual(KEPT)
        expect(flaws).toEqual([
          { kind: 'damaged', position: before.length, bytes: flipped.subarray(before.length) },
        ])
      }
    }
  })

  it('continues after damage in its middle, and names the missing records', () => {
    const heading = fileOf().length
    for (let at = heading; at < before.length; at++) {
      const flipped = Buffer.from(whole)
      flipped[at] = (flipped[at] as number) ^ 0xff
      const { lines, flaws, next } = scan(flipped, 0)
      expect(lines.slice(-2)).toEqual(LAST)
      expect(flaws.map(({ kind }) => kind)).toEqual(['damaged', 'missing'].slice(0, flaws.length))
      expect(flaws[0]?.kind).toBe('damaged')
      expect(lines.length + missingOf(flaws)).toBe(5)
      expect(next).toBe(5)
    }
  })

  it('reports a missing file between two others', () => {
    expect(scan(fileOf(['{"n":0}']), 7).flaws).toEqual([
      { kind: 'missing', position: fileOf().length, records: -7 },
    ])
  })
})

const missingOf = (flaws: ReturnType<typeof scan>['flaws']): number =>
  flaws.reduce((sum, flaw) => sum + (flaw.kind === 'missing' ? flaw.records : 0), 0)
