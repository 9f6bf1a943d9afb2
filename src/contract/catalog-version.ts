import { z } from 'zod'

/** One version of a catalog; a change of anything in a catalog makes a new one. */
export const catalogVersionSchema = z.object({
  id: z.string(),
  catalog: z.string(),
  version: z.number().int(),
  source: z.enum(['file', 'api']),
  actor: z.string(),
  note: z.string().nullable(),
  createdAt: z.iso.datetime(),
  document: z.record(z.string(), z.unknown()),
})
export type CatalogVersion = z.output<typeof catalogVersionSchema>

/** What differs between two documents: paths such as `eventTypes.api_call.baseCredits`. */
export const catalogDiffSchema = z.object({
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
})
export type CatalogDiff = z.output<typeof catalogDiffSchema>

export interface CatalogChange {
  readonly actor: string
  /** The network address that it came from. */
  readonly address?: string | null
  readonly note?: string
  readonly source?: 'file' | 'api'
  readonly sourceHash?: string
  readonly applyToExisting?: boolean
}
