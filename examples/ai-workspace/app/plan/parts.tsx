'use client'

import { BillingOverview, PlanPicker, useBilling } from 'tollgate/react'
import { resultOf } from '../outcome'
import { choosePlan, previewPlan } from './actions'

/** A server action changes the plan, because a page's read token can change nothing. */
export const Plans = ({ mayChoose }: { readonly mayChoose: boolean }) =>
  mayChoose ? <ChosenPlans /> : <PlanPicker />

const ChosenPlans = () => {
  const { preview } = useBilling()
  return (
    <PlanPicker
      preview={async ({ plan }) => resultOf(await previewPlan(plan))}
      onChoose={async ({ plan }) => {
        resultOf(await choosePlan(plan))
        preview.retry()
      }}
    />
  )
}

export const Invoices = () => <BillingOverview invoiceHref={({ id }) => `/invoices/${id}`} />
