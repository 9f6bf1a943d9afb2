import { z } from 'zod'
import { parse } from '../../contract/parse.ts'
import { storableText } from '../../contract/text.ts'

const trialInputSchema = z.strictObject({
  name: storableText(255),
  plan: storableText(129),
  trialDays: z.int().min(1).max(365).default(14),
  /** Given for the trial, beside what the plan includes. */
  credits: z.number().nonnegative().max(1_000_000_000).default(0),
  /** What becomes of it when its trial is over and nobody chose a plan: it ends, or goes on. */
  unconverted: z.enum(['end', 'keep']).default('end'),
})

/** What a run of `trial_onboarding` is started with. */
export type TrialInput = z.output<typeof trialInputSchema>
export type TrialStart = z.input<typeof trialInputSchema>

/** @throws TollgateError `invalid_request`, which names the fields. */
export const trialInput = (given: unknown): TrialInput => parse(trialInputSchema, given)
