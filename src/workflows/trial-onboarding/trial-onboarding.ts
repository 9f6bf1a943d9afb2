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
  /** Absent: no knowledge base is loaded. */
  readonly knowledgeBase?: KnowledgeBase
  /** Absent: no answers are judged. */
  readonly qualityCheck?: QualityCheck
  /** The event types that count as the first chat. Default: `chat_message`. */
  readonly chatEventTypes?: readonly string[]
}

/**
 * Builds the workflow of a trial's onboarding, for the option `workflows`. It creates an
 * organization, starts its trial, grants credits, loads its knowledge base and has a model check
 * it. Then it waits for the first chat and for the end of the trial.
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
  // A process without a knowledge base must not run a workflow that has one, so the version
  // differs.
  const parts = [knowledgeBase && 'knowledge_base', qualityCheck && 'quality_check']
  return defineWorkflow<TrialInput>({
    name: 'trial_onboarding',
    version: [VERSION, ...parts.filter((part) => part !== undefined)].join('+'),
    description: 'Brings a new organization from its creation to the end of its trial.',
    input: trialInput,
    needsOrganization: true,
    steps,
  })
}
