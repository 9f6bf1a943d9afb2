import type { Catalog } from '../../contract/catalog.ts'
import type { AuditAct } from '../../core/audit.ts'
import { diffDocuments } from '../../core/catalog-diff.ts'
import type { CatalogVersionRow } from '../../storage/tables/catalogs.ts'
import { told } from '../events/told.ts'

/** Who changes a catalog and why, and whether organizations on its plans move along. */
interface CatalogChange {
  readonly actor: string
  /** The network address of the caller. */
  readonly address?: string | null
  readonly note?: string
  readonly source?: 'file' | 'api'
  readonly sourceHash?: string
  readonly applyToExisting?: boolean
}

/** A change of a catalog, with its name in the audit log if it is not about the whole catalog. */
export interface NamedChange extends CatalogChange {
  readonly movePlan?: string
  /** Default: `catalog.applied`, with the subject `catalog:<key>`. */
  readonly act?: { readonly action: string; readonly subject: string }
}

/** An organization that moved to another version of its plan. */
export interface MovedOrganization {
  readonly id: string
  readonly plan: string
  readonly fromVersion: number
  readonly toVersion: number
}

/**
 * The audit acts of a change: one in the platform's chain, and one for each organization that
 * moved.
 */
export const catalogActs = (
  current: CatalogVersionRow | undefined,
  now: CatalogVersionRow,
  catalog: Catalog,
  moved: readonly MovedOrganization[],
  change: NamedChange,
): readonly AuditAct[] => {
  const { actor, address } = change
  const note = change.note ?? undefined
  const differences = current ? diffDocuments(current.document, catalog) : []
  const parts = (side: 'before' | 'after') =>
    Object.fromEntries(differences.map((one) => [one.path, one[side] ?? null]))
  const act: AuditAct = {
    organizationId: null,
    category: 'catalog',
    action: change.act?.action ?? 'catalog.applied',
    actor,
    address,
    subject: change.act?.subject ?? `catalog:${catalog.key}`,
    old: current && { version: current.version, parts: parts('before') },
    new: current
      ? { version: now.version, parts: parts('after'), note }
      : { version: now.version, document: catalog, note },
    told: [
      told('catalog.applied', {
        catalog: catalog.key,
        version: now.version,
        action: change.act?.action ?? 'catalog.applied',
        ...(note !== undefined && { note }),
      }),
    ],
  }
  return [act, ...moved.map((one) => movedAct(catalog.key, one, change))]
}

const movedAct = (
  catalog: string,
  { id, plan, fromVersion, toVersion }: MovedOrganization,
  { actor, address }: NamedChange,
): AuditAct => ({
  organizationId: id,
  category: 'organization',
  action: 'organization.moved',
  actor,
  address,
  subject: `organization:${id}`,
  old: { plan: `${catalog}/${plan}`, planVersion: fromVersion },
  new: { plan: `${catalog}/${plan}`, planVersion: toVersion },
  told: [
    told('plan.changed', {
      from: { plan: `${catalog}/${plan}`, planVersion: fromVersion },
      to: { plan: `${catalog}/${plan}`, planVersion: toVersion },
    }),
  ],
})
