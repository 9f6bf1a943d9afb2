import { z } from 'zod'
import type { CallOptions } from './call.ts'
import {
  type CatalogInput,
  catalogSchema,
  type EventType,
  type EventTypeInput,
  type EventTypePatch,
  eventTypeSchema,
  keySchema,
  type ModelPrice,
  type ModelPriceInput,
  modelPriceSchema,
  type Plan,
  type PlanInput,
  type PlanPatch,
  planPatchSchema,
  planSchema,
} from './catalog.ts'
import { type CatalogDiff, type CatalogVersion, catalogVersionSchema } from './catalog-version.ts'
import type { DryRun } from './plan-reports.ts'
import { answered, sent } from './schema-names.ts'
import { storableText } from './text.ts'

/** Adds the catalog's key to the fields of a part. */
const inCatalog = { catalog: keySchema.describe('the key of the catalog') }
export interface InCatalog {
  readonly catalog: string
}

/** The key of a part: `catalog/key`, or a bare key that exists in one catalog only. */
export const partKeySchema = storableText(129).describe(
  'the key, or `catalog/key` with the "/" as `%2F`',
)
export interface PartKey {
  /** `catalog/key`, or a bare key that exists in one catalog only. */
  readonly key: string
}

export const eventTypeCreateSchema = sent(
  'EventTypeCreate',
  z.strictObject({ ...inCatalog, ...eventTypeSchema.shape }),
)
const eventTypeInCatalogSchema = z.object({ catalog: z.string(), ...eventTypeSchema.shape })
export const eventTypeListSchema = answered(
  'EventTypeList',
  z.object({ eventTypes: z.array(eventTypeInCatalogSchema) }),
)
export type EventTypeInCatalog = InCatalog & EventType

export const planCreateSchema = sent(
  'PlanCreate',
  z.strictObject({ ...inCatalog, ...planSchema.shape }),
)
const planInCatalogSchema = z.object({
  catalog: z.string(),
  version: z.number().int(),
  ...planSchema.shape,
})
export const planListSchema = answered(
  'PlanList',
  z.object({ plans: z.array(planInCatalogSchema) }),
)
export type PlanInCatalog = InCatalog & { readonly version: number } & Plan

export const planUpdateSchema = sent(
  'PlanUpdate',
  z.strictObject({
    ...planPatchSchema.shape,
    applyToExisting: z
      .boolean()
      .optional()
      .describe(
        'also moves organizations that are on the plan; otherwise they stay on their version',
      ),
  }),
)
export interface PlanMove {
  /** Also moves the organizations that are on the plan. Otherwise they stay on their version. */
  readonly applyToExisting?: boolean
}

export const modelPriceSetSchema = sent('ModelPriceSet', modelPriceSchema.safeExtend(inCatalog))
const modelPriceInCatalogSchema = z.object({
  catalog: z.string(),
  ...modelPriceSchema.shape,
})
export const modelPriceListSchema = answered(
  'ModelPriceList',
  z.object({ modelPrices: z.array(modelPriceInCatalogSchema) }),
)
export type ModelPriceInCatalog = InCatalog & ModelPrice

/** Accepts any object, because the engine lists every fault of a document itself. */
const anyDocument = z.custom<CatalogInput>(
  (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
  'must be an object',
)
const catalogChange = {
  note: storableText(1_000).optional().describe('the reason, for the history'),
  applyToExisting: z
    .boolean()
    .optional()
    .describe('also moves organizations to the new versions of their plans'),
}
export const catalogDraftSchema = z.strictObject({ document: anyDocument })
export const catalogDraftDocumentedSchema = sent(
  'CatalogDraft',
  z.strictObject({ document: catalogSchema }),
)
export const catalogChangeSchema = z.strictObject({ document: anyDocument, ...catalogChange })
export const catalogChangeDocumentedSchema = sent(
  'CatalogChange',
  z.strictObject({
    document: catalogSchema,
    ...catalogChange,
  }),
)
export interface CatalogDraft {
  readonly document: CatalogInput
}
export interface CatalogApply extends CatalogDraft, PlanMove {
  /** The reason, for the history. */
  readonly note?: string
}

export const catalogsInForceSchema = answered(
  'CatalogsInForce',
  z.object({ catalogs: z.array(catalogVersionSchema) }),
)
export const catalogVersionsSchema = answered(
  'CatalogVersions',
  z.object({
    versions: z.array(catalogVersionSchema).describe('newest first'),
    before: z
      .number()
      .int()
      .nullable()
      .describe('the value of `before` for the next page; null: no more'),
  }),
)
export type CatalogVersions = z.output<typeof catalogVersionsSchema>

export const DEFAULT_VERSIONS = 20
export const catalogVersionsRequestSchema = z.strictObject({
  catalog: keySchema.describe('the key of the catalog'),
  before: z
    .number()
    .int()
    .min(1)
    .max(2_147_483_647)
    .optional()
    .describe('only versions with a smaller number'),
  limit: z
    .number()
    .int()
    .min(1)
    .max(100)
    .optional()
    .describe(`the page size; default ${DEFAULT_VERSIONS}`),
})
export type CatalogVersionsRequest = z.input<typeof catalogVersionsRequestSchema>

/** Catalogs, with their event types, plans and model prices. */
export interface CatalogVerbs {
  /** Returns the version in force of each catalog. */
  inForce(input?: Record<never, never>, options?: CallOptions): Promise<readonly CatalogVersion[]>
  versions(input: CatalogVersionsRequest, options?: CallOptions): Promise<CatalogVersions>
  /** Returns what applying this document would change. */
  diff(input: CatalogDraft, options?: CallOptions): Promise<CatalogDiff>
  /**
   * Computes what a changed catalog would have done in the last 90 days, per organization. Applies
   * nothing. Reads every event of that time, a page at a time.
   */
  dryRun(input: CatalogDraft, options?: CallOptions): Promise<DryRun>
  /** Puts a whole document in force as a new version. Every process uses it within a second. */
  apply(input: CatalogApply, options?: CallOptions): Promise<CatalogVersion>
  /** Reloads the catalogs now, without waiting for the store's notification. */
  refresh(input?: Record<never, never>, options?: CallOptions): Promise<readonly CatalogVersion[]>

  readonly eventTypes: {
    /** Lists the event types of every catalog in force. */
    list(
      input?: Record<never, never>,
      options?: CallOptions,
    ): Promise<readonly EventTypeInCatalog[]>
    create(input: InCatalog & EventTypeInput, options?: CallOptions): Promise<EventType>
    get(input: PartKey, options?: CallOptions): Promise<EventType>
    /**
     * Replaces the given fields. With `active: false`, the gate refuses calls of this event type.
     */
    update(input: PartKey & EventTypePatch, options?: CallOptions): Promise<EventType>
  }
  readonly plans: {
    list(input?: Record<never, never>, options?: CallOptions): Promise<readonly PlanInCatalog[]>
    create(input: InCatalog & PlanInput, options?: CallOptions): Promise<Plan>
    /** Returns the newest version of a plan. */
    get(input: PartKey, options?: CallOptions): Promise<Plan>
    /** Creates a new version of a plan with the given fields replaced. */
    update(input: PartKey & PlanPatch & PlanMove, options?: CallOptions): Promise<Plan>
  }
  readonly modelPrices: {
    /** Lists the prices by which the catalogs override the price library. */
    list(
      input?: Record<never, never>,
      options?: CallOptions,
    ): Promise<readonly ModelPriceInCatalog[]>
    set(input: InCatalog & ModelPriceInput, options?: CallOptions): Promise<ModelPrice>
  }
}
