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

/** Each part stands flat beside the catalog that it is in. */
const inCatalog = { catalog: keySchema.describe('the key of the catalog') }
export interface InCatalog {
  readonly catalog: string
}

/** A key of a part: bare where it is in one catalog only, or `catalog/key`. */
export const partKeySchema = storableText(129).describe(
  'its key, or `catalog/key` with the "/" as `%2F`',
)
export interface PartKey {
  /** Its key, or `catalog/key`; a bare key must be in one catalog only. */
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
      .describe('also move the organizations that are on the plan; otherwise they keep theirs'),
  }),
)
export interface PlanMove {
  /** Also moves the organizations that are on the plan; otherwise they keep their version. */
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

/** Taken as it is: the engine names everything that is wrong with a document. */
const anyDocument = z.custom<CatalogInput>(
  (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
  'must be an object',
)
const catalogChange = {
  note: storableText(1_000).optional().describe('why, for the history'),
  applyToExisting: z
    .boolean()
    .optional()
    .describe('also move organizations to the new versions of their plans'),
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
  /** Why, for the history. */
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
      .describe('`before` of the next page; null: this is the last'),
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
    .describe(`how many, ${DEFAULT_VERSIONS} if not given`),
})
export type CatalogVersionsRequest = z.input<typeof catalogVersionsRequestSchema>

/** What is sold: catalogs, and the event types, plans and prices of models in them. */
export interface CatalogVerbs {
  /** One version of each catalog. */
  inForce(input?: Record<never, never>, options?: CallOptions): Promise<readonly CatalogVersion[]>
  versions(input: CatalogVersionsRequest, options?: CallOptions): Promise<CatalogVersions>
  /** What applying this document would change. */
  diff(input: CatalogDraft, options?: CallOptions): Promise<CatalogDiff>
  /**
   * What a changed catalog would have made of the last 90 days, organization by organization,
   * before anything is applied. Reads every event of that time, a page at a time.
   */
  dryRun(input: CatalogDraft, options?: CallOptions): Promise<DryRun>
  /** Puts a whole document in force as a new version, live in every process within a second. */
  apply(input: CatalogApply, options?: CallOptions): Promise<CatalogVersion>
  /** Reads the catalogs again now, instead of when the store notifies of a change. */
  refresh(input?: Record<never, never>, options?: CallOptions): Promise<readonly CatalogVersion[]>

  readonly eventTypes: {
    /** Those of every catalog in force. */
    list(
      input?: Record<never, never>,
      options?: CallOptions,
    ): Promise<readonly EventTypeInCatalog[]>
    create(input: InCatalog & EventTypeInput, options?: CallOptions): Promise<EventType>
    get(input: PartKey, options?: CallOptions): Promise<EventType>
    /** What is given replaces what was there. `active: false`: the gate refuses it. */
    update(input: PartKey & EventTypePatch, options?: CallOptions): Promise<EventType>
  }
  readonly plans: {
    list(input?: Record<never, never>, options?: CallOptions): Promise<readonly PlanInCatalog[]>
    create(input: InCatalog & PlanInput, options?: CallOptions): Promise<Plan>
    /** Its newest version. */
    get(input: PartKey, options?: CallOptions): Promise<Plan>
    /** Makes a new version, in which what is given replaces what was there. */
    update(input: PartKey & PlanPatch & PlanMove, options?: CallOptions): Promise<Plan>
  }
  readonly modelPrices: {
    /** The prices that the catalogs set in place of the price library's. */
    list(
      input?: Record<never, never>,
      options?: CallOptions,
    ): Promise<readonly ModelPriceInCatalog[]>
    set(input: InCatalog & ModelPriceInput, options?: CallOptions): Promise<ModelPrice>
  }
}
