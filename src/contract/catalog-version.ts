import { z } from 'zod'
import { answered } from './schema-names.ts'

/** One version of a catalog. Each change creates a new one. */
export const catalogVersionSchema = answered(
  'CatalogVersion',
  z.object({
    id: z.string(),
    catalog: z.string(),
    version: z.number().int(),
    source: z.enum(['file', 'api']),
    actor: z.string(),
    note: z.string().nullable(),
    createdAt: z.iso.datetime(),
    document: z.record(z.string(), z.unknown()),
  }),
)
export type CatalogVersion = z.output<typeof catalogVersionSchema>

/** The differences between two documents, by paths such as `eventTypes.api_call.baseCredits`. */
export const catalogDiffSchema = answered(
  'CatalogDiff',
  z.object({
    catalog: z.string(),
    fromVersion: z.number().int().nullable(),
    changes: z.array(
      z.object({
        path: z.string(),
        change: z.enum(['added', 'removed', 'changed']),
        before: z.unknown().optional(),
        after: z.unknown().optional(),
      }),
    ),
  }),
)
export type CatalogDiff = z.output<typeof catalogDiffSchema>
