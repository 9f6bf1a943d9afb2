import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Extension } from '../../src/contract/hold.ts'
import { coverOf } from '../../src/models/cover.ts'
import { requestTokens } from '../../src/models/request-tokens.ts'
import { scanBy } from '../../src/models/token-scan.ts'
import { isLong } from '../setup/form.ts'

/** Texts with their o200k token counts, from gpt-tokenizer 4.0. */
const COUNTED: readonly (readonly [text: string, tokens: number])[] = [
  [
    'The government decided yesterday to significantly increase support for low-income families. In addition, waiting times in hospitals are to be shortened, which pleased many citizens.',
    30,
  ],
  [
    'Die Bundesregierung hat gestern beschlossen, die Unterstützung für Familien mit niedrigem Einkommen deutlich zu erhöhen. Außerdem sollen die Wartezeiten in den Krankenhäusern verkürzt werden.',
    33,
  ],
  [
    'Rząd ogłosił wczoraj, że wsparcie dla rodzin o niskich dochodach zostanie znacznie zwiększone. Ponadto czas oczekiwania w szpitalach ma zostać skrócony, co ucieszyło wielu obywateli.',
    58,
  ],
  [
    'Правительство вчера объявило, что поддержка семей с низкими доходами будет значительно увеличена. Кроме того, время ожидания в больницах должно сократиться.',
    35,
  ],
  [
    '政府は昨日、低所得世帯への支援を大幅に増やすと発表しました。さらに、病院での待ち時間も短縮される予定です。',
    40,
  ],
  [
    '政府昨天宣布将大幅增加对低收入家庭的支持。此外,医院的等待时间也将缩短,这令许多市民感到高兴。',
    35,
  ],
  [
    'รัฐบาลประกาศเมื่อวานนี้ว่าจะเพิ่มความช่วยเหลือแก่ครอบครัวที่มีรายได้น้อยอย่างมาก นอกจากนี้เวลารอในโรงพยาบาลจะลดลง',
    41,
  ],
  ['😀🎉👍🏽 great job 🚀🚀 see you 👩‍👩‍👧', 22],
]

describe("a text's token estimate", () => {
  it.each(COUNTED)('is within a third: %s', (text, tokens) => {
    const estimate = scanBy(undefined).add(text)
    expect(estimate).toBeGreaterThan(tokens * 0.66)
    expect(estimate).toBeLessThan(tokens * 1.34)
  })

  it('is the same however the text is split', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: 'binary', maxLength: 20 }), { maxLength: 20 }),
        (pieces) => {
          const whole = scanBy(undefined).add(pieces.join(''))
          const inPieces = scanBy(undefined)
          for (const piece of pieces) inPieces.add(piece)
          expect(inPieces.tokens()).toBe(whole)
        },
      ),
      { numRuns: isLong ? 5_000 : 300 },
    )
  })

  it('takes time in proportion to the length of any text', () => {
    const timeOf = (text: string) => {
      const begunAtMs = performance.now()
      scanBy(undefined).add(text)
      return performance.now() - begunAtMs
    }
    timeOf('a'.repeat(100_000))
    expect(timeOf('a'.repeat(2_000_000))).toBeLessThan(1_000)
  })

  it('passes long words in pieces to the caller’s tokenizer', () => {
    const lengths: number[] = []
    const scan = scanBy((text) => {
      lengths.push(text.length)
      return 1
    })
    expect(scan.add('a'.repeat(4_500))).toBe(3)
    expect(lengths).toEqual([2_000, 2_000, 500])
  })

  it('of a request includes its messages, and no text of attachments', () => {
    const ask = (content: unknown) => requestTokens([[{ role: 'user', content }]], undefined)
    const one = ask('hello')
    expect(one).toBeGreaterThanOrEqual(1 + 4 + 3)
    const picture = {
      type: 'image_url',
      image_url: { url: `data:image/png;base64,${'A'.repeat(9e5)}` },
    }
    expect(ask([{ type: 'text', text: 'hello' }, picture])).toBe(one + 1_000)
  })
})

/** An allowance from which a hold is extended. */
const allowanceOf = (left: number) => {
  const asked: number[] = []
  let rest = left
  const extend = async (more: Extension) => {
    const tokens = more.outputTokens ?? 0
    asked.push(tokens)
    const allowed = tokens <= rest
    if (allowed) rest -= tokens
    const limit = { meter: 'tokens', window: 'month', behavior: 'hard', remaining: rest }
    return { allowed, limits: [limit] } as never
  }
  return { extend, expiresInMs: 60_000, asked, give: (tokens: number) => (rest += tokens) }
}

describe('the allowance of a stream', () => {
  it('requests more before it is used up, and nobody waits', async () => {
    const allowance = allowanceOf(1_000)
    const cover = coverOf(allowance, 100, 100)
    expect(cover.reach(40)).toBe(true)
    expect(allowance.asked).toEqual([])
    expect(cover.reach(60)).toBe(true)
    expect(allowance.asked).toEqual([100])
    await new Promise((resolve) => setImmediate(resolve))
    expect(cover.outputTokens()).toBe(200)
  })

  it('takes the rest if that is less than a step, and no more', async () => {
    const allowance = allowanceOf(30)
    const cover = coverOf(allowance, 100, 100)
    cover.reach(60)
    await new Promise((resolve) => setImmediate(resolve))
    expect(cover.outputTokens()).toBe(130)
    expect(await cover.reach(130)).toBe(true)
    expect(await cover.reach(131)).toBe(false)
  })

  it('gets what another call has returned since', async () => {
    const allowance = allowanceOf(0)
    const cover = coverOf(allowance, 100, 100)
    cover.reach(60)
    await new Promise((resolve) => setImmediate(resolve))
    allowance.give(500)
    expect(cover.reach(95)).toBe(true)
    expect(await cover.reach(150)).toBe(true)
  })

  it('never exceeds the hold, for any split of the stream', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: 500 }),
        fc.integer({ min: 1, max: 100 }),
        fc.array(fc.integer({ min: 0, max: 40 }), { maxLength: 60 }),
        async (left, step, pieces) => {
          const cover = coverOf(allowanceOf(left), step, step)
          let total = 0
          for (const piece of pieces) {
            if (!(await cover.reach(total + piece))) break
            total += piece
          }
          expect(total).toBeLessThanOrEqual(step + left)
        },
      ),
      { numRuns: isLong ? 1_000 : 100 },
    )
  })
})
