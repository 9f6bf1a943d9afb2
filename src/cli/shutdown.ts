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

/** Watches from now on. A second signal, or 20 s after the first, ends the process with 1. */
export const watchForShutdown = (context: CliContext): Shutdown => {
  const controller = new AbortController()
  let cancelDeadline = (): void => undefined
  const unsubscribe = context.onSignal(() => {
    if (controller.signal.aborted) return context.exit(1)
    cancelDeadline = context.after(PATIENCE_MS, () => context.exit(1))
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
