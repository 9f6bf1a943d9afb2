import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { OnError } from '../engine/telemetry/error-reporter.ts'
import type { CliContext } from './context.ts'
import { CliFailure } from './failure.ts'

/** Loads the error callback, which is the default export of a module of the host. */
export const errorHook = async ({
  env,
}: Pick<CliContext, 'env'>): Promise<{ readonly onError?: OnError }> => {
  const path = env.TOLLGATE_ON_ERROR
  if (!path) return {}
  const module = await import(pathToFileURL(resolve(path)).href).catch((cause: unknown) => {
    throw new CliFailure(`TOLLGATE_ON_ERROR: ${path} could not be loaded: ${String(cause)}`)
  })
  if (typeof module.default !== 'function') {
    throw new CliFailure(`TOLLGATE_ON_ERROR: ${path} must have a function as its default export.`)
  }
  return { onError: module.default }
}
