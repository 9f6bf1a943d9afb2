import { Worker } from 'node:worker_threads'
import { DatabaseError, type ErrorFields, errorFields, sqlState } from '../database-error.ts'
import type { Answer, Ask, FromWorker, ToWorker, WorkerStart } from './protocol.ts'

/** This side's end of the thread that owns the embedded database. */
export interface WorkerLink {
  /** Sends at once, in the order called; rejects when the thread has ended or ends first. */
  ask(ask: Ask): Promise<Answer>
  /** Ends the thread, whatever it does. */
  end(): Promise<void>
}

interface Pending {
  resolve(answer: Answer): void
  reject(error: ErrorFields): void
}

/**
 * Starts the thread and waits until its database is open. While nothing is asked, the thread does
 * not keep the process alive.
 */
export const startWorker = async (
  start: WorkerStart,
  onNotification: (channel: string, payload: string) => void,
): Promise<WorkerLink> => {
  const worker = new Worker(workerFile(), {
    workerData: start,
    name: 'tollgate-database',
    execArgv: [],
    // Deep recursion must meet PostgreSQL's own limit, which is an error like any other, before
    // the thread's stack ends, which ends the database.
    resourceLimits: { stackSizeMb: 256 },
  })
  const pending = new Map<number, Pending>()
  let asked = 0
  let gone: ErrorFields | undefined

  const settle = (id: number): Pending | undefined => {
    const waiting = pending.get(id)
    pending.delete(id)
    if (pending.size === 0) worker.unref()
    return waiting
  }

  await new Promise<void>((resolve, reject) => {
    const failAll = (cause: unknown): void => {
      gone ??= goneFields(cause)
      reject(new DatabaseError(gone, cause))
      for (const { reject: rejectOne } of pending.values()) rejectOne(gone)
      pending.clear()
    }
    worker.on('error', failAll)
    worker.on('exit', (code) => failAll(`its thread ended with code ${code}`))
    worker.on('message', (message: FromWorker) => {
      switch (message.kind) {
        case 'ready':
          return resolve()
        case 'answer':
          return settle(message.id)?.resolve(message)
        case 'failed':
          return settle(message.id)?.reject(message.error)
        case 'notified':
          return onNotification(message.channel, message.payload)
      }
    })
  })
  worker.unref()

  const send = (ask: Ask): Promise<Answer> =>
    new Promise((resolve, reject) => {
      if (gone) return reject(gone)
      asked += 1
      if (pending.size === 0) worker.ref()
      pending.set(asked, { resolve, reject })
      worker.postMessage({ ...ask, id: asked } satisfies ToWorker)
    })

  return {
    ask: async (ask) => {
      try {
        return await send(ask)
      } catch (fields) {
        // Made here, its stack names the caller and not the port that brought the answer.
        throw new DatabaseError(fields as ErrorFields)
      }
    },
    end: async () => {
      await worker.terminate()
    },
  }
}

const goneFields = (cause: unknown): ErrorFields => ({
  code: sqlState.connectionGone,
  message:
    `The embedded database stopped: ${errorFields(cause).message}. ` +
    'What it acknowledged is in its folder; close it and open it again.',
})

/**
 * Node 20 cannot run TypeScript in a worker, so from `src/` (under vitest) this takes the built
 * file, which `pretest` keeps current. Everything the worker imports is then the built code too.
 */
const workerFile = (): URL =>
  import.meta.url.endsWith('.ts')
    ? new URL('../../../dist/storage/pglite/worker.js', import.meta.url)
    : new URL('./worker.js', import.meta.url)
