import type { Subscriptions } from '../../contract/subscriptions.ts'
import type { OpenVerb } from '../open-verb.ts'
import { changePlan } from './change-plan.ts'
import { cancelSubscription, keepSubscription, restartSubscription } from './end-subscription.ts'
import { migrate, previewMigration } from './migrate-plan.ts'
import { pauseSubscription, resumeSubscription } from './pause-subscription.ts'
import { previewChange } from './preview-change.ts'
import { getSubscription } from './subscription-value.ts'
import { endTrial, extendTrial } from './trial.ts'

/** What organizations subscribe to, from when until when. */
export const subscriptionVerbs = (open: OpenVerb): Subscriptions => ({
  get: open(getSubscription),
  preview: open(previewChange),
  change: open(changePlan),
  cancel: open(cancelSubscription),
  keep: open(keepSubscription),
  restart: open(restartSubscription),
  pause: open(pauseSubscription),
  resume: open(resumeSubscription),
  extendTrial: open(extendTrial),
  endTrial: open(endTrial),
  previewMigration: open(previewMigration),
  migrate: open(migrate),
})
