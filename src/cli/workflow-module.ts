import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { WorkflowDefinition } from '../contract/workflow-definition.ts'
import { CliFailure } from './failure.ts'

/** Loads the workflows of a server from a module; by default the built-in one. */
export const workflowsOf = async (
  module: string | undefined,
): Promise<readonly WorkflowDefinition[]> => {
  if (module === undefined) {
    const { trialOnboarding } = await import('../workflows/trial-onboarding/trial-onboarding.ts')
    return [trialOnboarding()]
  }
  let loaded: { readonly default?: unknown }
  try {
    loaded = await import(pathToFileURL(resolve(module)).href)
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new CliFailure(`--workflows ${module}: ${why}`)
  }
  if (Array.isArray(loaded.default)) return loaded.default
  throw new CliFailure(
    `--workflows ${module}: its default export must be a list of workflows.`,
    'Such as: export default [defineWorkflow({ … })]',
  )
}
