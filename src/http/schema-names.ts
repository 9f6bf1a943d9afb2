import type { z } from 'zod'
import {
  catalogSchema,
  eventTypePatchSchema,
  eventTypeSchema,
  modelPriceSchema,
  planSchema,
} from '../contract/catalog.ts'
import { catalogDiffSchema, catalogVersionSchema } from '../contract/catalog-version.ts'
import {
  decisionSchema,
  limitStateSchema,
  recordResultSchema,
  reservationDecisionSchema,
  reservationStateSchema,
  usageBlockSchema,
  warningSchema,
} from '../contract/decision.ts'
import {
  apiKeyCreatedSchema,
  apiKeyCreateSchema,
  currentUsageSchema,
  limitOverrideCreatedSchema,
  limitOverrideSchema,
  organizationCreateSchema,
  organizationSchema,
} from '../contract/tenancy.ts'
import {
  extensionSchema,
  reservationRequestSchema,
  settlementSchema,
  usageEventSchema,
} from '../contract/usage.ts'
import { cloudEventSchema } from './cloud-events.ts'
import {
  catalogChangeDocumentedSchema,
  catalogDraftDocumentedSchema,
  catalogsInForceSchema,
  catalogVersionsSchema,
  eventTypeCreateSchema,
  eventTypeListSchema,
  modelPriceListSchema,
  modelPriceSetSchema,
  planCreateSchema,
  planListSchema,
  planUpdateSchema,
} from './config-schemas.ts'
import { demoUsageSchema } from './demo-mode.ts'
import { cloudEventBatchSchema, ingestBodySchema, usageEventBatchSchema } from './ingest-formats.ts'
import { problemSchema } from './problem.ts'
import { healthStatusSchema } from './routes/health.live.ts'
import { reversalSchema, reversedSchema } from './routes/usage.reverse.ts'

type Names = Readonly<Record<string, z.ZodType>>

/** What is sent: the names of its schemas in the document. */
export const SENT_SCHEMAS: Names = {
  UsageEvent: usageEventSchema,
  UsageEventBatch: usageEventBatchSchema,
  UsageEventOrBatch: ingestBodySchema,
  CloudEvent: cloudEventSchema,
  CloudEventBatch: cloudEventBatchSchema,
  ReservationRequest: reservationRequestSchema,
  Extension: extensionSchema,
  Settlement: settlementSchema,
  Reversal: reversalSchema,
  OrganizationCreate: organizationCreateSchema,
  ApiKeyCreate: apiKeyCreateSchema,
  LimitOverride: limitOverrideSchema,
  CatalogDocument: catalogSchema,
  CatalogDraft: catalogDraftDocumentedSchema,
  CatalogChange: catalogChangeDocumentedSchema,
  EventTypeCreate: eventTypeCreateSchema,
  EventTypePatch: eventTypePatchSchema,
  PlanCreate: planCreateSchema,
  PlanUpdate: planUpdateSchema,
  ModelPriceSet: modelPriceSetSchema,
  DemoUsage: demoUsageSchema,
}

/** What is answered: the names of its schemas in the document. */
export const ANSWERED_SCHEMAS: Names = {
  Decision: decisionSchema,
  LimitState: limitStateSchema,
  UsageBlock: usageBlockSchema,
  Warning: warningSchema,
  ReservationDecision: reservationDecisionSchema,
  ReservationState: reservationStateSchema,
  RecordResult: recordResultSchema,
  Reversed: reversedSchema,
  CurrentUsage: currentUsageSchema,
  Organization: organizationSchema,
  ApiKeyCreated: apiKeyCreatedSchema,
  LimitOverrideCreated: limitOverrideCreatedSchema,
  CatalogVersion: catalogVersionSchema,
  CatalogVersions: catalogVersionsSchema,
  CatalogsInForce: catalogsInForceSchema,
  CatalogDiff: catalogDiffSchema,
  EventType: eventTypeSchema,
  EventTypeList: eventTypeListSchema,
  Plan: planSchema,
  PlanList: planListSchema,
  ModelPrice: modelPriceSchema,
  ModelPriceList: modelPriceListSchema,
  HealthStatus: healthStatusSchema,
  Problem: problemSchema,
}
