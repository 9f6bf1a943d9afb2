import { TollgateError } from '../../contract/errors.ts'
import { isBuilding } from './request-scope.ts'

const SHARED = Symbol.for('tollgate.shared')

/**
 * Opens something once per process, on first use. Next evaluates a module several times: for
 * routes, the proxy, the instrumentation, after each edit, and during a build. A promise on
 * `globalThis` is shared by all of them, and nothing is opened during a build. A failed attempt is
 * retried by the next caller.
 *
 * @param name distinguishes several shared values of one application.
 * @throws TollgateError `unavailable` in a build.
 * @example
 * ```ts
 * import { createTollgate } from 'tollgate'
 * import { shared } from 'tollgate/next'
 *
 * export const getTollgate = shared(() => createTollgate({ database: { folder: '.tollgate' } }))
 * ```
 */
export const shared =
  <Value>(open: () => Promise<Value>, name = 'tollgate'): (() => Promise<Value>) =>
  () => {
    if (isBuilding()) {
      const detail = 'Tollgate is not opened during a build'
      return Promise.reject(new TollgateError('unavailable', { detail }))
    }
    const opened = openedHere()
    const known = opened.get(name) as Promise<Value> | undefined
    if (known) return known
    const opening = open()
    opened.set(name, opening)
    opening.catch(() => {
      if (opened.get(name) === opening) opened.delete(name)
    })
    return opening
  }

const openedHere = (): Map<string, Promise<unknown>> => {
  const place = globalThis as typeof globalThis & { [SHARED]?: Map<string, Promise<unknown>> }
  place[SHARED] ??= new Map()
  return place[SHARED]
}
