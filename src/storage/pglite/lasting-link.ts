import { DatabaseError, type ErrorFields, errorFields } from '../database-error.ts'
import type { WorkerLink } from './worker-link.ts'

/** A link that is replaced when its thread has ended. */
export interface LastingLink {
  /**
   * The present link. Call this once for each transaction. A transaction that an ended thread began
   * is lost, and must not continue on the next link.
   *
   * @throws DatabaseError while there is none, with the reason why none can be started.
   */
  current(): WorkerLink
  /** Ends the thread, and starts no other. */
  end(): Promise<void>
}

export interface LastingLinkOptions {
  readonly start: () => Promise<WorkerLink>
  /** Turns the error that a thread ended with, or did not start for, into the error for callers. */
  readonly explain: (fields: ErrorFields) => ErrorFields
  /** Called with each link but the first, before anybody else can use it. */
  readonly prepare: (link: WorkerLink) => Promise<void>
  /** Called when a link but the first can be used. */
  readonly onRestarted: () => void
}

const FIRST_PAUSE_MS = 100
const LONGEST_PAUSE_MS = 10_000
/** A thread that lives for this long is healthy: it does not end whenever it is asked something. */
const SOUND_AFTER_MS = 30_000

/**
 * Starts a thread. Whenever it ends by itself, this starts another. The pause before each start
 * doubles from 100 ms to 10 s; it never gives up. Rejects if the first one does not start.
 */
export const createLastingLink = async (options: LastingLinkOptions): Promise<LastingLink> => {
  const { start, explain, prepare, onRestarted } = options
  let link: WorkerLink | undefined
  let trouble: ErrorFields | undefined
  let starting: Promise<void> | undefined
  let pauseMs = FIRST_PAUSE_MS
  let isEnding = false
  let pause: NodeJS.Timeout | undefined
  let soundness: NodeJS.Timeout | undefined

  const follow = (started: WorkerLink): void => {
    link = started
    soundness = setTimeout(() => {
      pauseMs = FIRST_PAUSE_MS
    }, SOUND_AFTER_MS).unref()
    void started.gone.then((fields) => {
      link = undefined
      clearTimeout(soundness)
      startLater(fields)
    })
  }

  const startLater = (fields: ErrorFields): void => {
    if (isEnding) return
    trouble = explain(fields)
    pause = setTimeout(() => {
      starting = startAgain()
    }, pauseMs).unref()
    pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)
  }

  const startAgain = async (): Promise<void> => {
    let fresh: WorkerLink | undefined
    try {
      fresh = await start()
      await prepare(fresh)
    } catch (error) {
      await fresh?.end().catch(() => undefined)
      return startLater(errorFields(error))
    }
    follow(fresh)
    onRestarted()
  }

  follow(await start())
  return {
    current: () => {
      if (link) return link
      throw new DatabaseError(trouble as ErrorFields)
    },
    end: async () => {
      isEnding = true
      clearTimeout(pause)
      clearTimeout(soundness)
      await starting
      await link?.end()
    },
  }
}
