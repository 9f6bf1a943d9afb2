import { type KeyboardEvent, type PointerEvent, useState } from 'react'

/** The selected bucket. Pointer, arrow keys, Home and End select; Escape clears. */
export const useReading = (count: number, indexAt: (x: number) => number, left: number) => {
  const [index, setIndex] = useState<number | null>(null)
  const step = (key: string, now: number | null): number | null | undefined => {
    const last = count - 1
    if (key === 'ArrowRight') return Math.min(last, now === null ? last : now + 1)
    if (key === 'ArrowLeft') return Math.max(0, now === null ? last : now - 1)
    if (key === 'Home') return 0
    if (key === 'End') return last
    return key === 'Escape' ? null : undefined
  }
  return {
    index: index === null || index >= count ? null : index,
    on: {
      onPointerMove: (event: PointerEvent<SVGSVGElement>) => {
        const x = event.clientX - event.currentTarget.getBoundingClientRect().left - left
        setIndex(x < -4 ? null : indexAt(x))
      },
      onPointerLeave: () => setIndex(null),
      onBlur: () => setIndex(null),
      onKeyDown: (event: KeyboardEvent) => {
        const next = step(event.key, index)
        if (next === undefined) return
        event.preventDefault()
        setIndex(next)
      },
    },
  }
}
