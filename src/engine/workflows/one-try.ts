import type { Clock } from '../clock.ts'

/**
 * Runs one try of a step, until its time limit or until the signal aborts. A later result is
 * ignored. The step gets a signal that aborts in both cases.
 */
export const oneTry = async <Result>(
  clock: Clock,
  { timeoutMs, signal }: { readonly timeoutMs: number; readonly signal: AbortSignal },
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> => {
  const ending = new AbortController()
  const end = () => ending.abort(signal.reason)
  if (signal.aborted) end()
  signal.addEventListener('abort', end, { once: true })
  const cancel = clock.after(timeoutMs, () => {
    ending.abort(new Error(`it took longer than ${timeoutMs} ms`))
  })
  try {
    ending.signal.throwIfAborted()
    const cut = new Promise<never>((_, reject) => {
      ending.signal.addEventListener('abort', () => reject(ending.signal.reason), { once: true })
    })
    const working = work(ending.signal)
    working.catch(() => {})
    return await Promise.race([working, cut])
  } finally {
    cancel()
    signal.removeEventListener('abort', end)
  }
}
