import { existsSync } from 'node:fs'
import { Worker } from 'node:worker_threads'
import { DatabaseError, type ErrorFields, errorFields, sqlState } from '../database-error.ts'
import type { Answer, Ask, FromWorker, ToWorker, WorkerStart } from './protocol.ts'

/** This side's end of the thread that owns the embedded database. */
export interface WorkerLink {
  /**
   * Sends at once, in the order called. Rejects if the thread has ended, or ends before it answers.
   */
  ask(ask: Ask): Promise<Answer>
  /** Ends the thread, whatever it is doing. */
  end(): Promise<void>
  /** Resolves when the thread has ended in any way, with the error for later requests. */
  readonly gone: Promise<ErrorFields>
}

/**
 * Starts the thread and waits until its database is open. An idle thread does not keep the process
 * alive.
 */
export const startWorker = async (
  start: WorkerStart,
  onNotification: (channel: string, payload: string) => void,
): Promise<WorkerLink> => {
  const worker = new Worker(workerFile(), {
    workerData: start,
    name: 'tollgate-database',
    execArgv: [],
    // PostgreSQL's own stack limit is an ordinary error. It must come before the end of the
    // thread's stack, which would end the database.
    resourceLimits: { stackSizeMb: 256 },
  })
  const questions = createQuestions(worker)
  let tellGone: (fields: ErrorFields) => void = () => undefined
  const gone = new Promise<ErrorFields>((resolve) => {
    tellGone = resolve
  })
  await new Promise<void>((resolve, reject) => {
    const end = (cause: unknown): void => {
      const fields = goneFields(cause)
      questions.fail(fields)
      tellGone(fields)
      reject(new DatabaseError(fields, cause))
    }
    worker.on('error', end)
    worker.on('exit', (code) => end(`its thread ended with code ${code}`))
    worker.on('message', (message: FromWorker) => {
      if (message.kind === 'ready') resolve()
      else if (message.kind === 'notified') onNotification(message.channel, message.payload)
      else questions.settle(message)
    })
  })
  worker.unref()

  return {
    gone,
    ask: async (ask) => {
      try {
        return await questions.send(ask)
      } catch (fields) {
        // The error is made here, so that its stack names the caller and not the port of the
        // answer.
        throw new DatabaseError(fields as ErrorFields)
      }
    },
    end: async () => {
      await worker.terminate()
    },
  }
}

interface Waiting {
  resolve(answer: Answer): void
  reject(error: ErrorFields): void
}

/**
 * The requests that are not answered yet. While there are any, the thread keeps the process alive.
 */
const createQuestions = (worker: Worker) => {
  const waiting = new Map<number, Waiting>()
  let asked = 0
  let gone: ErrorFields | undefined
  return {
    send: (ask: Ask): Promise<Answer> =>
      new Promise((resolve, reject) => {
        if (gone) return reject(gone)
        asked += 1
        if (waiting.size === 0) worker.ref()
        waiting.set(asked, { resolve, reject })
        worker.postMessage({ ...ask, id: asked } satisfies ToWorker)
      }),
    settle: (reply: Extract<FromWorker, { id: number }>): void => {
      const asker = waiting.get(reply.id)
      waiting.delete(reply.id)
      if (waiting.size === 0) worker.unref()
      if (reply.kind === 'answer') asker?.resolve(reply)
      else asker?.reject(reply.error)
    },
    /** Fails all waiting and all later requests. The first reason stays. */
    fail: (error: ErrorFields): void => {
      gone ??= error
      for (const asker of waiting.values()) asker.reject(gone)
      waiting.clear()
    },
  }
}

const goneFields = (cause: unknown): ErrorFields => ({
  code: sqlState.connectionGone,
  message:
    `The embedded database stopped: ${errorFields(cause).message}. ` +
    'What it acknowledged is in its folder.',
})

/**
 * Node 20 cannot run TypeScript in a worker. So from `src/` (under vitest) this takes the built
 * file, which `pretest` rebuilds. Everything that the worker imports is then the built code too.
 *
 * Throws with instructions where a bundler has separated the worker from this file.
 */
export const workerFile = (): URL => {
  if (isHere('.ts')) return new URL('../../../dist/storage/pglite/worker.js', import.meta.url)
  if (isHere('.js')) {
    const file = new URL('./worker.js', import.meta.url)
    if (existsSync(file)) return file
  }
  throw new Error(
    'The embedded database runs in a file of its own, which is not beside this code: a bundler ' +
      'put the code elsewhere. Mark "tollgate" as external in the bundler, or use PostgreSQL.',
  )
}

/** A bundler that writes CommonJS leaves no URL, and others leave that of their own file. */
const isHere = (ending: string): boolean =>
  (import.meta.url as string | undefined)?.endsWith(`/worker-link${ending}`) === true
