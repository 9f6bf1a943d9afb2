import type { CliContext } from './context.ts'

/** The request that this process stops. */
export interface Shutdown {
  /** Aborted by the first signal. */
  readonly signal: AbortSignal
  /** Resolves at the first signal. */
  readonly asked: Promise<void>
  /** Restores the default effect of signals. */
  dispose(): void
}

const PATIENCE_MS = 20_000
/**
 * Supervisors such as `timeout` signal a process and its group, so two signals at once count as
 * one.
 */
const ONE_WISH_MS = 500

/** Calls on each request to stop. The returned function cancels. */
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
 * Watches for requests to stop. A second request ends the process at once, with exit code 1. So
 * does a shutdown that takes longer than the draining time plus 20 s.
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
