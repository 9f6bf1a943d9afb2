import { type ChildProcess, fork } from 'node:child_process'
import { resolve } from 'node:path'
import type { TollgateOptions } from '../../src/engine/options.ts'

const CALLER = resolve(import.meta.dirname, 'gate-caller.mjs')

/** The engine options that another process can receive. */
export interface GateSettings {
  readonly options: Omit<TollgateOptions, 'clock' | 'ids' | 'log'>
  /** The clock error: the initial offset, and the factor by which it runs fast. */
  readonly clock?: { readonly offsetMs?: number; readonly pace?: number }
}

/** `track` calls by this many concurrent callers, over the organizations and costs in turn. */
export interface Load {
  readonly organizationIds: readonly string[]
  readonly eventType: 'use' | 'call'
  readonly callers: number
  /** The total number of calls; without it the load runs until `stop`. */
  readonly total?: number
  readonly costs?: readonly number[]
  /** Event ids are this prefix and a number; otherwise the engine creates them. */
  readonly idPrefix?: string
  /** A caller's pause between two calls. */
  readonly everyMs?: number
  /** Every answer is known here, even if the process is killed right after it. */
  readonly reported?: boolean
}

/** The answers to a load's callers. */
export interface LoadSeen {
  /** The number of calls. Each was `answered` with a decision or an error. */
  readonly asked: number
  readonly answered: number
  readonly allowed: number
  /** Allowed units in total and by organization, and calls. */
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

/** An engine in its own process. */
export interface GateProcess {
  /** Calls a verb of that engine, such as `track`. */
  call<Value>(verb: string, ...args: unknown[]): Promise<Value>
  load(load: Load): Promise<LoadSeen>
  /** Ends the current load, which then resolves. */
  stop(): Promise<void>
  /** The allowed answers of `reported` loads so far. */
  reported(): number[]
  whenReported(answers: number): Promise<void>
  signal(signal: 'SIGSTOP' | 'SIGCONT'): void
  /** Resolves once the process is gone and its whole report has arrived. */
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

/** Resolves when the process accepts calls. */
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
