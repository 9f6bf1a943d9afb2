import { TollgateError } from '../contract/errors.ts'
import type { Clock } from './clock.ts'

interface FairTurnsParts {
  readonly clock: Pick<Clock, 'after'>
  /** How many works may run at once. */
  readonly places: number
  /** How many works of one key may wait. */
  readonly mostWaiting: number
}

interface Asked {
  /** How many works of this key may run at once. */
  readonly most: number
  /** How long the work may wait for its turn. */
  readonly waitMs: number
}

/** Gives places to works of many keys, so that no key keeps the others waiting. */
export interface FairTurns {
  /**
   * Runs the work when it is its turn. Keys take turns, and the works of a key keep their order.
   *
   * @throws TollgateError `overloaded` if its turn does not come in time, or if too many wait.
   */
  readonly run: <T>(key: string, asked: Asked, work: () => Promise<T>) => Promise<T>
}

/** A work that waits. */
interface Waiting {
  readonly most: number
  readonly begin: () => void
}

export const createFairTurns = ({ clock, places, mostWaiting }: FairTurnsParts): FairTurns => {
  const running = new Map<string, number>()
  /** By key, in the order of their turns. */
  const queues = new Map<string, Set<Waiting>>()
  let free = places

  const mayBegin = (key: string, most: number): boolean =>
    free > 0 && (running.get(key) ?? 0) < most

  const take = (key: string): void => {
    free -= 1
    running.set(key, (running.get(key) ?? 0) + 1)
  }

  const giveBack = (key: string): void => {
    free += 1
    const left = (running.get(key) ?? 1) - 1
    if (left === 0) running.delete(key)
    else running.set(key, left)
    beginNext()
  }

  const leave = (key: string, waiting: Waiting): void => {
    const queue = queues.get(key)
    queue?.delete(waiting)
    if (queue?.size === 0) queues.delete(key)
  }

  /** The key goes to the end of the turns. It passes only keys that have all of their places. */
  const beginNext = (): void => {
    for (const [key, queue] of queues) {
      const [first] = queue
      if (!first || !mayBegin(key, first.most)) continue
      queues.delete(key)
      queue.delete(first)
      if (queue.size > 0) queues.set(key, queue)
      take(key)
      first.begin()
      return
    }
  }

  const turnOf = (key: string, { most, waitMs }: Asked): Promise<void> => {
    const queue = queues.get(key) ?? new Set()
    if (queue.size >= mostWaiting) return Promise.reject(tooMany())
    return new Promise((resolve, reject) => {
      const waiting: Waiting = {
        most,
        begin: () => {
          cancel()
          resolve()
        },
      }
      const cancel = clock.after(waitMs, () => {
        leave(key, waiting)
        reject(tooMany())
      })
      queue.add(waiting)
      queues.set(key, queue)
    })
  }

  return {
    run: async (key, asked, work) => {
      if (!queues.has(key) && mayBegin(key, asked.most)) take(key)
      else await turnOf(key, asked)
      try {
        return await work()
      } finally {
        giveBack(key)
      }
    },
  }
}

const tooMany = () =>
  new TollgateError('overloaded', { detail: 'too many calls of this organization are waiting' })
