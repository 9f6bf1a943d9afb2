import type { Hold } from '../contract/hold.ts'
import type { Timers } from './timers.ts'

/** The shortest duration of a hold. */
const SHORTEST_MS = 1_000

/**
 * Extends a hold by its own duration, at half of it, while `isAtWork` is true. If the process dies
 * or nobody waits for the work, the hold still expires. A failed extension is retried at half of
 * the remaining time.
 *
 * @returns a function that stops the extensions
 */
export const lengthened = (
  hold: Pick<Hold, 'expiresInMs' | 'extend'>,
  lifeMs: number,
  timers: Timers,
  isAtWork: () => boolean,
): (() => void) => {
  let isOver = false
  let cancel: () => void = () => {}
  const again = (leftMs: number): void => {
    if (leftMs < SHORTEST_MS) return
    const endsAtMs = timers.nowMs() + leftMs
    cancel = timers.after(leftMs / 2, () => {
      void lengthen().then((gained) => {
        if (!isOver && isAtWork()) again(gained ?? endsAtMs - timers.nowMs())
      })
    })
  }
  const lengthen = async (): Promise<number | undefined> => {
    if (isOver || !isAtWork()) return undefined
    try {
      const decision = await hold.extend({ expiresInMs: Math.max(lifeMs, SHORTEST_MS) })
      return decision.allowed ? (decision.expiresInMs ?? undefined) : undefined
    } catch {
      return undefined
    }
  }
  again(hold.expiresInMs)
  return () => {
    isOver = true
    cancel()
  }
}
