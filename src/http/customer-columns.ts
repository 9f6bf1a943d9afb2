import type { Customer } from '../contract/operator-reports.ts'
import type { FileColumn } from './file-reply.ts'

/** All fields of a customer as columns. */
export const CUSTOMER_COLUMNS: readonly FileColumn<Customer>[] = [
  ['organizationId', ({ organizationId }) => organizationId],
  ['name', ({ name }) => name],
  ['plan', ({ plan }) => plan],
  ['planVersion', ({ planVersion }) => planVersion],
  ['status', ({ status }) => status],
  ['state', ({ state }) => state],
  ['standing', ({ standing }) => standing],
  ['percentageUsed', ({ percentageUsed }) => percentageUsed],
  ['tightestLimit', ({ tightestLimit }) => tightestLimit?.limit],
  ['tightestLimitUsed', ({ tightestLimit }) => tightestLimit?.used],
  ['tightestLimitMax', ({ tightestLimit }) => tightestLimit?.max],
  ['tightestLimitBehavior', ({ tightestLimit }) => tightestLimit?.behavior],
  ['createdAt', ({ createdAt }) => createdAt],
  ['periodStart', ({ period }) => period.start],
  ['periodEnd', ({ period }) => period.end],
  ['calls', ({ calls }) => calls],
  ['credits', ({ credits }) => credits],
  ['subscriptionUsd', ({ subscriptionUsd }) => subscriptionUsd],
  ['overageUsd', ({ overageUsd }) => overageUsd],
  ['revenueUsd', ({ revenueUsd }) => revenueUsd],
  ['modelCostUsd', ({ modelCostUsd }) => modelCostUsd],
  ['marginUsd', ({ marginUsd }) => marginUsd],
  ['marginPercent', ({ marginPercent }) => marginPercent],
]
