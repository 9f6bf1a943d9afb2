import { type ChildProcess, fork } from 'node:child_process'
import { resolve } from 'node:path'
import type { TollgateOptions } from '../../src/engine/options.ts'

const CALLER = resolve(import.meta.dirname, 'gate-caller.mjs')

/** What can be told to another process of how to open its engine. */
export interface GateSettings {
  readonly options: Omit<TollgateOptions, 'clock' | 'ids' | 'log'>
  /** How wrong its clock is: by how much at first, and how many times too fast from then on. */
  readonly clock?: { readonly offsetMs?: number; readonly pace?: number }
}

/** Calls of `track` by so many callers side by side, over the organizations and costs in turn. */
export interface Load {
  readonly organizationIds: readonly string[]
  readonly eventType: 'use' | 'call'
  readonly callers: number
  /** Calls in all; without it until `stop`. */
  readonly total?: number
  readonly costs?: readonly number[]
  /** Events have ids from it and their number; otherwise the engine gives them. */
  readonly idPrefix?: string
  /** How long a caller waits between two calls. */
  readonly everyMs?: number
  /** Each answer is known here even when the process is killed right after it. */
  readonly reported?: boolean
}

/** What the callers of a load were answered. */
export interface LoadSeen {
  /** Calls made; each was `answered`, by a decision or an error. */
  readonly asked: number
  readonly answered: number
  readonly allowed: number
  /** Units that were let through, in all and by organization; and calls. */
  readonly units: number
  readonly unitsOf: Readonly<Record<string, number>>
  readonly callsOf: Readonly<Record<string, number>>
  readonly degraded: number
  readonly replayed: number
  readonly reasons: Readonly<Record<string, number>>
  readonly errors: Readonly<Record<string, number>>
  readonly retryAfterS: readonly number[]
  readonly slowestMs: number
}

/** An engine in a process of its own. */
export interface GateProcess {
  /** Calls a verb of the engine over there, such as `track`. */
  call<Value>(verb: string, ...args: unknown[]): Promise<Value>
  load(load: Load): Promise<LoadSeen>
  /** Ends the load under way, which then resolves. */
  stop(): Promise<void>
  /** What each answer of `reported` loads let through, as far as it has come. */
  reported(): number[]
  whenReported(answers: number): Promise<void>
  signal(signal: 'SIGSTOP' | 'SIGCONT'): void
  /** Resolves once it is gone and all that it had reported has come. */
  kill(): Promise<void>
  close(): Promise<void>
}

interface Reply {
  call: number | 'ready'
  value?: unknown
  error?: { code: string; message: string }
}

/** Resolves when its engine is open. */
export const startGateProcess = async (settings: GateSettings): Promise<GateProcess> => {
  const child = fork(CALLER, [JSON.stringify(settings)], {
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    serialization: 'advanced',
  })
  const gone = new Promise<void>((done) => child.once('close', () => done()))
  const call = await caller(child)
  const reports = reportsOf(child)
  return {
    call,
    load: (load) => call('load', load),
    stop: () => call('stop'),
    ...reports,
    signal: (signal) => child.kill(signal),
    kill: async () => {
      child.kill('SIGKILL')
      await gone
    },
    close: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return
      child.kill('SIGCONT')
      await call('close')
      await gone
    },
  }
}

/** Resolves when the process is ready to be called. */
const caller = (child: ChildProcess): Promise<GateProcess['call']> =>
  new Promise((resolveCaller, reject) => {
    const waiting = new Map<number, { resolve: (value: never) => void; reject: typeof reject }>()
    let calls = 0
    const call = <Value>(verb: string, ...args: unknown[]): Promise<Value> =>
      new Promise<Value>((resolveCall, rejectCall) => {
        calls += 1
        waiting.set(calls, { resolve: resolveCall, reject: rejectCall })
        child.send({ call: calls, verb, args }, (error) => {
          if (error) rejectCall(error)
        })
      })
    child.on('message', ({ call: number, value, error }: Reply) => {
      if (number === 'ready') return resolveCaller(call)
      const one = waiting.get(number)
      waiting.delete(number)
      if (error) one?.reject(Object.assign(new Error(error.message), error))
      else one?.resolve(value as never)
    })
    child.on('error', reject)
    child.on('exit', (code, signal) => {
      const ended = new Error(`the other process ended with ${signal ?? code}`)
      reject(ended)
      for (const one of waiting.values()) one.reject(ended)
    })
  })

const reportsOf = (child: ChildProcess): Pick<GateProcess, 'reported' | 'whenReported'> => {
  const told: number[] = []
  let cut = ''
  let waiting: { answers: number; resolve: () => void }[] = []
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    const lines = (cut + text).split('\n')
    cut = lines.pop() ?? ''
    for (const line of lines) told.push(Number(line))
    for (const { resolve: enough } of waiting.filter(({ answers }) => told.length >= answers)) {
      enough()
    }
    waiting = waiting.filter(({ answers }) => told.length < answers)
  })
  return {
    reported: () => [...told],
    whenReported: (answers) =>
      new Promise((enough) => {
        if (told.length >= answers) enough()
        else waiting.push({ answers, resolve: enough })
      }),
  }
}
