import { vi } from 'vitest'

/** A second suffices on a free machine. A slow one, with other work beside it, may take many. */
export const PATIENCE_MS = 25_000
const EVERY_MS = 20

/** Repeats a check until it passes, for what another pass or process does soon by itself. */
export const eventually = <Result>(check: () => Result | Promise<Result>): Promise<Result> =>
  vi.waitFor(check, { timeout: PATIENCE_MS, interval: EVERY_MS })
