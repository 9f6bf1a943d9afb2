import { ticks as ticksOf } from 'd3-array'

/** Maps data to pixels. The domain always starts at zero. */
export interface LinearScale {
  readonly at: (value: number) => number
  readonly top: number
  readonly ticks: readonly number[]
}

const MOST_TICKS = 4

/**
 * A scale from zero to a round number at or above `max`. Counts get integer ticks only. If `max` is
 * zero, the only tick is zero.
 */
export const amountScale = (
  max: number,
  { height, isCount }: { readonly height: number; readonly isCount: boolean },
): LinearScale => {
  if (!(max > 0)) return { at: () => height, top: 0, ticks: [0] }
  const wanted = isCount ? Math.min(MOST_TICKS, Math.ceil(max)) : MOST_TICKS
  const inside = ticksOf(0, max, wanted)
  const step = (inside[1] ?? max) - (inside[0] ?? 0)
  const last = inside.at(-1) ?? max
  const top = last >= max ? last : last + step
  const all = last >= max ? inside : [...inside, top]
  const ticks = isCount ? all.filter(Number.isInteger) : all
  return { at: (value) => height - (value / top) * height, top, ticks }
}

/** Removes trailing zeros of a tick: `80.0k` becomes `80k`. */
export const tickText = (text: string): string => text.replace(/\.0+(?=\D*$)/, '')

export interface BandScale {
  readonly at: (index: number) => number
  readonly middle: (index: number) => number
  readonly width: number
  readonly step: number
  readonly indexAt: (x: number) => number
}

/** Equal bands side by side; a bar leaves a quarter of its band free. */
export const bandScale = (count: number, width: number): BandScale => {
  const step = width / Math.max(count, 1)
  const bar = Math.min(Math.max(step * 0.74, 1), 36)
  return {
    at: (index) => index * step + (step - bar) / 2,
    middle: (index) => index * step + step / 2,
    width: bar,
    step,
    indexAt: (x) => Math.max(0, Math.min(count - 1, Math.floor(x / step))),
  }
}

/** The label interval that avoids overlaps: 1 draws every label, 2 every second one. */
export const labelEvery = (count: number, width: number, labelWidth = 56): number =>
  Math.max(1, Math.ceil((count * labelWidth) / Math.max(width, 1)))
