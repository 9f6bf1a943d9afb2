import type { Catalog } from '../../../src/contract/catalog.ts'

/** A catalog as the API gives it: whole, and parsed by the server. */
export type CatalogDocument = Catalog
export type CatalogPlan = Catalog['plans'][number]
export type CatalogEventType = Catalog['eventTypes'][number]
export type CatalogLimit = CatalogPlan['limits'][number]

/** The document of a version. The server has checked it before it was ever in force. */
export const documentOf = (document: Record<string, unknown>): CatalogDocument =>
  document as unknown as CatalogDocument

/** How a limit is told from another: its meter, its window and whose use it counts. */
export const limitKey = ({ meter, window, per }: CatalogLimit): string =>
  per === undefined || per === 'organization' ? `${meter}/${window}` : `${meter}/${window}/${per}`
