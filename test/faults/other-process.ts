import { fork } from 'node:child_process'
import { resolve } from 'node:path'

const CALLER = resolve(import.meta.dirname, 'caller.mjs')

export interface OtherProcess {
  /** Calls a verb of the engine over there, such as `track` or `catalog.inForce`. */
  call<Value>(verb: string, ...args: unknown[]): Promise<Value>
  close(): Promise<void>
}

interface Reply {
  call: number | 'ready'
  value?: unknown
  error?: { code: string; message: string }
}

/** An engine on the same database in a process of its own, ready to be called. */
export const startOtherProcess = (url: string): Promise<OtherProcess> =>
  new Promise((resolveProcess, reject) => {
    const child = fork(CALLER, [url], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
    const waiting = new Map<number, { resolve: (value: never) => void; reject: typeof reject }>()
    let calls = 0
    const call = <Value>(verb: string, ...args: unknown[]): Promise<Value> =>
      new Promise<Value>((resolveCall, rejectCall) => {
        calls += 1
        waiting.set(calls, { resolve: resolveCall, reject: rejectCall })
        child.send({ call: calls, verb, args })
      })
    child.on('message', (reply: Reply) => {
      if (reply.call === 'ready') {
        resolveProcess({
          call,
          close: async () => {
            await call('close')
            if (child.exitCode === null) await new Promise((done) => child.once('exit', done))
          },
        })
        return
      }
      const caller = waiting.get(reply.call)
      waiting.delete(reply.call)
      if (reply.error) caller?.reject(Object.assign(new Error(reply.error.message), reply.error))
      else caller?.resolve(reply.value as never)
    })
    child.on('error', reject)
    child.on('exit', (code) => {
      const gone = new Error(`the other process ended with ${code}`)
      reject(gone)
      for (const caller of waiting.values()) caller.reject(gone)
    })
  })
