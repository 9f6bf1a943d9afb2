import type { WorkflowDefinition, WorkflowStep } from '../../contract/workflow-definition.ts'
import { defineWorkflow } from '../define-workflow.ts'
import { type KnowledgeBase, loadKnowledgeBase } from './knowledge-base.ts'
import { createOrganization, grantCredits, startTrial } from './organization-steps.ts'
import { checkQuality, type QualityCheck } from './quality-check.ts'
import { type TrialInput, trialInput } from './trial-input.ts'
import { convertOrExpire, firstChat } from './trial-steps.ts'

const VERSION = '1'
const CHAT_EVENT_TYPES = ['chat_message']

export interface TrialOnboardingOptions {
  /** Not given: there is none to load. */
  readonly knowledgeBase?: KnowledgeBase
  /** Not given: nothing is judged. */
  readonly qualityCheck?: QualityCheck
  /** Which use is the first chat. Default: `chat_message`. */
  readonly chatEventTypes?: readonly string[]
}

/**
 * The onboarding of a trial as a workflow, for the option `workflows`: an organization is created,
 * its trial begins, it is given credits, its knowledge base is loaded and checked by a model, and
 * then the first chat and the end of the trial are waited for.
 *
 * @example
 * ```ts
 * const onboarding = trialOnboarding({
 *   knowledgeBase: {
 *     load: async ({ run, report }) => {
 *       const documents = await library.load(run.organizationId, (loaded) => report({ loaded }))
 *       return { documents }
 *     },
 *     unload: async ({ run }) => library.remove(run.organizationId),
 *   },
 * })
 * ```
 */
export const trialOnboarding = ({
  knowledgeBase,
  qualityCheck,
  chatEventTypes = CHAT_EVENT_TYPES,
}: TrialOnboardingOptions = {}): WorkflowDefinition => {
  const steps: readonly WorkflowStep<TrialInput>[] = [
    createOrganization,
    startTrial,
    grantCredits,
    ...(knowledgeBase ? [loadKnowledgeBase(knowledgeBase)] : []),
    ...(qualityCheck ? [checkQuality(qualityCheck)] : []),
    firstChat(chatEventTypes),
    convertOrExpire,
  ]
  // A process without a knowledge base must not take a run that has one: it is another version.
  const parts = [knowledgeBase && 'knowledge_base', qualityCheck && 'quality_check']
  return defineWorkflow<TrialInput>({
    name: 'trial_onboarding',
    version: [VERSION, ...parts.filter((part) => part !== undefined)].join('+'),
    description: 'Brings a new organization from its creation to the end of its trial.',
    input: trialInput,
    steps,
  })
}
