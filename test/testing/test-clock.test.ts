import { describe, expect, it } from 'vitest'
import { type TestClock, testClock } from '../../src/testing/index.ts'

const SECOND_MS = 1_000
const MINUTE_MS = 60 * SECOND_MS
const DAY_MS = 86_400_000

/** Records when it was called, in time since the clock's start. */
const notes = (clock: TestClock) => {
  const startMs = clock.now().getTime()
  const written: [name: string, atMs: number][] = []
  const note = (name: string) => {
    written.push([name, clock.now().getTime() - startMs])
  }
  /** Sets itself again and again, after `work` resolves. */
  const beat = (name: string, everyMs: number, work = async () => {}): void => {
    clock.after(everyMs, () => {
      note(name)
      work().then(() => beat(name, everyMs, work))
    })
  }
  return { written, note, beat }
}

describe('a manual clock', () => {
  it('calls timers at their own times, in time order, then in setting order', async () => {
    const clock = testClock('2026-03-10T12:00:00Z')
    const { written, note } = notes(clock)
    clock.after(30, () => note('third'))
    clock.after(10, () => {
      note('first')
      clock.after(20, () => note('fourth'))
      clock.after(5, () => note('second'))
    })
    clock.after(41, () => note('later'))
    await clock.advance(40)
    expect(written).toEqual([
      ['first', 10],
      ['second', 15],
      ['third', 30],
      ['fourth', 30],
    ])
    expect(clock.now()).toEqual(new Date('2026-03-10T12:00:00.040Z'))
    await clock.set('2026-03-10T12:00:00.041Z')
    expect(written.at(-1)).toEqual(['later', 41])
  })

  it('calls no cancelled timer, even if an earlier timer cancelled it', async () => {
    const clock = testClock('2026-03-10T12:00:00Z')
    const { written, note } = notes(clock)
    const cancel = clock.after(20, () => note('cancelled'))
    clock.after(10, cancel)
    await clock.advance(DAY_MS)
    expect(written).toEqual([])
  })

  it('calls a timer with a period of a second at its first and its last time', async () => {
    const clock = testClock('2026-03-10T12:00:00Z')
    const { written, note, beat } = notes(clock)
    beat('often', SECOND_MS)
    clock.after(DAY_MS / 2, () => note('between'))
    await clock.advance(400 * DAY_MS + 300)
    expect(written).toEqual([
      ['often', SECOND_MS],
      ['between', DAY_MS / 2],
      ['often', 400 * DAY_MS],
    ])
    // It keeps its period.
    await clock.advance(700)
    expect(written.at(-1)).toEqual(['often', 400 * DAY_MS + SECOND_MS])
  })

  it('calls every time of a timer with a period above a minute', async () => {
    const clock = testClock('2026-03-10T12:00:00Z')
    const { written, beat } = notes(clock)
    beat('rarely', MINUTE_MS + 1)
    beat('often', MINUTE_MS)
    await clock.advance(4 * MINUTE_MS)
    expect(written).toEqual([
      ['often', MINUTE_MS],
      ['rarely', MINUTE_MS + 1],
      ['rarely', 2 * MINUTE_MS + 2],
      ['rarely', 3 * MINUTE_MS + 3],
      ['often', 4 * MINUTE_MS],
    ])
  })

  it('skips no time of another timer with the same period', async () => {
    const clock = testClock('2026-03-10T12:00:00Z')
    const { written, note, beat } = notes(clock)
    beat('often', SECOND_MS)
    clock.after(2_500, () => clock.after(SECOND_MS, () => note('once')))
    await clock.advance(DAY_MS)
    expect(written).toContainEqual(['once', 3_500])
  })

  it('waits for timers that await an answer before they set themselves again', async () => {
    const clock = testClock('2026-03-10T12:00:00Z')
    const { written, beat } = notes(clock)
    let answer = () => {}
    const asked = () =>
      new Promise<void>((resolve) => {
        answer = resolve
      })
    beat('asks', SECOND_MS, asked)
    await clock.advance(DAY_MS)
    expect(written).toEqual([['asks', SECOND_MS]])
    answer()
    await new Promise((resolve) => setImmediate(resolve))
    await clock.advance(SECOND_MS)
    expect(written.at(-1)).toEqual(['asks', DAY_MS + SECOND_MS])
  })
})
