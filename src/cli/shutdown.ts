import type { CliContext } from './context.ts'

/** The wish that this process ends. */
export interface Shutdown {
  /** Aborted by the first signal. */
  readonly signal: AbortSignal
  /** Resolves at the first signal. */
  readonly asked: Promise<void>
  /** Lets signals do again what they do without us. */
  dispose(): void
}

const PATIENCE_MS = 20_000
/** Supervisors such as `timeout` signal a process and its group: one wish, told twice at once. */
const ONE_WISH_MS = 500

/** Calls each time that the process is asked to end; returns how to stop. */
export const onStopWish = (context: CliContext, call: () => void): (() => void) => {
  let toldAtMs = Number.NEGATIVE_INFINITY
  return context.onSignal(() => {
    const nowMs = context.now().getTime()
    if (Math.abs(nowMs - toldAtMs) < ONE_WISH_MS) return
    toldAtMs = nowMs
    call()
  })
}

/**
 * Watches from now on. A second wish ends the process at once, with 1; so does it when 20 s after
 * the time for which it goes on serving it has not ended by itself.
 */
export const watchForShutdown = (context: CliContext, drainMs = 0): Shutdown => {
  const controller = new AbortController()
  let cancelDeadline = (): void => undefined
  const unsubscribe = onStopWish(context, () => {
    if (controller.signal.aborted) return context.exit(1)
    cancelDeadline = context.after(drainMs + PATIENCE_MS, () => context.exit(1))
    controller.abort()
  })
  return {
    signal: controller.signal,
    asked: new Promise((resolve) => {
      controller.signal.addEventListener('abort', () => resolve(), { once: true })
    }),
    dispose: () => {
      unsubscribe()
      cancelDeadline()
    },
  }
}
