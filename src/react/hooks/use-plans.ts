'use client'
import type { OfferedPlans } from '../../contract/offered-plans.ts'
import type { UpgradeAdvice } from '../../contract/plan-reports.ts'
import { useSource } from './context.ts'
import { type Reading, useResource } from './use-resource.ts'

export interface PlansReading {
  /** The plans available to the organization, with its current one marked. */
  readonly plans: Reading<OfferedPlans>
  /** The recommended plan for recent usage. */
  readonly recommendation: Reading<UpgradeAdvice>
}

export const usePlans = (organizationId?: string): PlansReading => {
  const { store, organizationId: id } = useSource(organizationId)
  const of = { organizationId: id }
  return {
    plans: useResource(store.resource<OfferedPlans>('subscriptions.plans', of)),
    recommendation: useResource(store.resource<UpgradeAdvice>('usage.recommendation', of)),
  }
}
