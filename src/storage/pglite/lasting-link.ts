import { DatabaseError, type ErrorFields, errorFields } from '../database-error.ts'
import type { WorkerLink } from './worker-link.ts'

/** A link that is made again when its thread has ended. */
export interface LastingLink {
  /**
   * The link of now. It is to be asked for once a transaction: what a thread that has ended began is
   * lost, and must not be gone on with in the next one.
   *
   * @throws DatabaseError while there is none, with what keeps it from being made.
   */
  current(): WorkerLink
  /** Ends the thread, and makes no other. */
  end(): Promise<void>
}

export interface LastingLinkOptions {
  readonly start: () => Promise<WorkerLink>
  /** What is told while there is no link, given what the thread ended with or did not start for. */
  readonly explain: (fields: ErrorFields) => ErrorFields
  /** Called with each link but the first, before anybody else can ask it. */
  readonly prepare: (link: WorkerLink) => Promise<void>
  /** Called when a link but the first can be asked. */
  readonly onRestarted: () => void
}

const FIRST_PAUSE_MS = 100
const LONGEST_PAUSE_MS = 10_000
/** A thread that has lived for so long is none that ends whenever it is asked something. */
const SOUND_AFTER_MS = 30_000

/**
 * Starts a thread, and whenever it ends by itself starts another: at once, and then after pauses
 * that double up to 10 s, for as long as it takes. Rejects when the first one does not start.
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
