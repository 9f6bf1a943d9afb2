'use client'
import type { OfferedPlans } from '../../contract/offered-plans.ts'
import type { UpgradeAdvice } from '../../contract/plan-reports.ts'
import { useSource } from './context.ts'
import { type Reading, useResource } from './use-resource.ts'

export interface PlansReading {
  /** The plans that the organization may choose among, its own marked. */
  readonly plans: Reading<OfferedPlans>
  /** Which of them suits what was used lately. */
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
