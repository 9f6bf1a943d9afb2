import { z } from 'zod'
import { parse } from '../../contract/parse.ts'
import { storableText } from '../../contract/text.ts'

const trialInputSchema = z.strictObject({
  name: storableText(255),
  plan: storableText(129),
  trialDays: z.int().min(1).max(365).default(14),
  /** Credits for the trial, beside the plan's allowance. */
  credits: z.number().nonnegative().max(1_000_000_000).default(0),
  /** What happens after the trial if nobody chose a plan: the subscription ends or continues. */
  unconverted: z.enum(['end', 'keep']).default('end'),
})

/** The input of a run of `trial_onboarding`. */
export type TrialInput = z.output<typeof trialInputSchema>
export type TrialStart = z.input<typeof trialInputSchema>

/** @throws TollgateError `invalid_request`, which names the fields. */
export const trialInput = (given: unknown): TrialInput => parse(trialInputSchema, given)
