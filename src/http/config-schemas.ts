import { z } from 'zod'
import {
  catalogSchema,
  eventTypeSchema,
  keySchema,
  modelPriceSchema,
  planPatchSchema,
  planSchema,
} from '../contract/catalog.ts'
import { catalogVersionSchema } from '../contract/catalog-version.ts'
import { parse } from '../contract/parse.ts'
import { storableText } from '../contract/text.ts'
import { isJsonObject, type JsonObject } from './read-body.ts'

/** The shapes of the operations on catalogs: each part stands flat beside the catalog it is in. */
const inCatalog = { catalog: keySchema.describe('the key of the catalog') }

export const eventTypeCreateSchema = z.strictObject({ ...inCatalog, ...eventTypeSchema.shape })
export const eventTypeListSchema = z.object({
  eventTypes: z.array(z.object({ catalog: z.string(), ...eventTypeSchema.shape })),
})

export const planCreateSchema = z.strictObject({ ...inCatalog, ...planSchema.shape })
export const planListSchema = z.object({
  plans: z.array(z.object({ catalog: z.string(), version: z.number().int(), ...planSchema.shape })),
})
export const planUpdateSchema = z.strictObject({
  ...planPatchSchema.shape,
  applyToExisting: z
    .boolean()
    .optional()
    .describe('also move the organizations that are on the plan; otherwise they keep theirs'),
})

export const modelPriceSetSchema = z.strictObject({ ...inCatalog, ...modelPriceSchema.shape })
export const modelPriceListSchema = z.object({
  modelPrices: z.array(z.object({ catalog: z.string(), ...modelPriceSchema.shape })),
})

/** The catalog that a body names, and the part of the body that the engine checks. */
export const catalogAndPart = <Body extends { catalog: string }>(
  body: Body,
): { catalog: string; part: Omit<Body, 'catalog'> } => {
  const { catalog, ...part } = body
  return { catalog: parse(keySchema, catalog, 'catalog'), part }
}

/** A change of a plan, and whether organizations move with it. */
export const patchAndReach = <Body extends { applyToExisting?: boolean | undefined }>(
  body: Body,
): { applyToExisting: boolean | undefined; patch: Omit<Body, 'applyToExisting'> } => {
  const { applyToExisting, ...patch } = body
  return { applyToExisting: parse(reachSchema, applyToExisting, 'applyToExisting'), patch }
}

const reachSchema = z.boolean().optional()

const catalogChange = {
  note: storableText(1_000).optional().describe('why, for the history'),
  applyToExisting: z
    .boolean()
    .optional()
    .describe('also move organizations to the new versions of their plans'),
}
/** Handed on as it is: the engine names everything that is wrong with it. */
const anyDocument = z.custom<JsonObject>(isJsonObject, 'must be an object')
export const catalogChangeSchema = z.strictObject({ document: anyDocument, ...catalogChange })
export const catalogChangeDocumentedSchema = z.strictObject({
  document: catalogSchema,
  ...catalogChange,
})
export const catalogDraftSchema = z.strictObject({ document: anyDocument })
export const catalogDraftDocumentedSchema = z.strictObject({ document: catalogSchema })

export const catalogsInForceSchema = z.object({ catalogs: z.array(catalogVersionSchema) })
export const catalogVersionsSchema = z.object({
  versions: z.array(catalogVersionSchema).describe('newest first'),
  before: z.number().int().nullable().describe('`before` of the next page; null: this is the last'),
})

/** A key in a path; `catalog/key` percent-encoded where a bare key is in several catalogs. */
export const partParameters = z.object({
  key: storableText(129).describe('its key, or `catalog/key` with the "/" as `%2F`'),
})
export const qualifiedPartParameters = z.object({
  catalog: storableText(64).describe('the key of the catalog'),
  key: storableText(64).describe('its key in that catalog'),
})
