import type { Catalog } from '../../../src/contract/catalog.ts'

/** A complete catalog, as parsed by the server. */
export type CatalogDocument = Catalog
export type CatalogPlan = Catalog['plans'][number]
export type CatalogEventType = Catalog['eventTypes'][number]
export type CatalogLimit = CatalogPlan['limits'][number]

/** The document of a version. The server validated it before activation. */
export const documentOf = (document: Record<string, unknown>): CatalogDocument =>
  document as unknown as CatalogDocument

/** The identity of a limit: its meter, its window and `per`. */
export const limitKey = ({ meter, window, per }: CatalogLimit): string =>
  per === undefined || per === 'organization' ? `${meter}/${window}` : `${meter}/${window}/${per}`
