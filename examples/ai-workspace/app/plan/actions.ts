'use server'

import { asAccount } from '@/workspace/as-account'
import type { Outcome } from '../outcome'

/** The effect of a plan change, as a sentence. */
export const previewPlan = async (plan: string): Promise<Outcome<string>> =>
  asAccount(async ({ subscriptions }) => {
    const { when, at, proration, prorationTotal, nextInvoice } = await subscriptions.preview({
      plan,
    })
    const day = at.slice(0, 10)
    if (when !== 'now') return `It begins on ${day}, with $${nextInvoice.after} a period.`
    const due = proration.length > 0 ? `$${prorationTotal} are due for the rest of it` : ''
    return ['It begins now', due, `then $${nextInvoice.after} a period`].filter(Boolean).join(', ')
  })

export const choosePlan = async (plan: string): Promise<Outcome<null>> =>
  asAccount(async ({ subscriptions }) => {
    await subscriptions.change({ plan })
    return null
  })
