import type { TollgateEngine } from '../contract/tollgate.ts'

/** A server that can stop taking requests, such as one of `node:http`, Fastify, or `Bun.serve`. */
export interface ClosableServer {
  /** Calls back, or resolves, once every open request has its answer. */
  close(done?: (error?: Error) => void): unknown
  /** Optional: closes idle connections. */
  closeIdleConnections?(): void
}

export interface CloseOnSignalOptions {
  /** Default: `SIGINT` and `SIGTERM`. */
  readonly signals?: readonly ('SIGINT' | 'SIGTERM' | 'SIGHUP' | 'SIGQUIT' | 'SIGUSR2')[]
  /** After this long the process exits with 1, whatever is under way. Default 20,000. */
  readonly patienceMs?: number
}

/**
 * Supervisors such as `timeout` signal a process and its group, so one request to end may arrive
 * twice.
 */
const ONE_WISH_MS = 500
const PATIENCE_MS = 20_000

/**
 * Ends the process in order after a signal. The server answers open requests. Tollgate writes its
 * queues and releases its leases. Then the process exits with 0.
 *
 * A second signal ends the process at once, with 1. The next start records what is in the journal.
 *
 * @returns a function that restores the default handling of signals.
 */
export const closeOnSignal = (
  tollgate: Pick<TollgateEngine, 'close'>,
  server?: ClosableServer,
  { signals = ['SIGINT', 'SIGTERM'], patienceMs = PATIENCE_MS }: CloseOnSignalOptions = {},
): (() => void) => {
  let toldAtMs: number | undefined
  const onSignal = (): void => {
    const nowMs = performance.now()
    if (toldAtMs !== undefined) {
      if (nowMs - toldAtMs >= ONE_WISH_MS) process.exit(1)
      return
    }
    toldAtMs = nowMs
    setTimeout(() => process.exit(1), patienceMs).unref()
    closeBoth(tollgate, server).then(
      () => process.exit(0),
      (error: unknown) => {
        process.stderr.write(`tollgate: it could not be closed properly: ${String(error)}\n`)
        process.exit(1)
      },
    )
  }
  for (const signal of signals) process.on(signal, onSignal)
  return () => {
    for (const signal of signals) process.off(signal, onSignal)
  }
}

const closeBoth = async (
  tollgate: Pick<TollgateEngine, 'close'>,
  server: ClosableServer | undefined,
): Promise<void> => {
  if (server) await closed(server)
  await tollgate.close()
}

/** Some servers call back, some return a promise, and some do both. */
const closed = (server: ClosableServer): Promise<void> =>
  new Promise((resolve, reject) => {
    const closing = server.close((error) => {
      // A server that was never started has nothing to close.
      if (error && (error as NodeJS.ErrnoException).code !== 'ERR_SERVER_NOT_RUNNING') reject(error)
      else resolve()
    })
    server.closeIdleConnections?.()
    if (closing instanceof Promise) closing.then(() => resolve(), reject)
  })
