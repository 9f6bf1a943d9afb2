import { type Catalog, type Plan, validateCatalog } from '../../contract/catalog.ts'
import { TollgateError } from '../../contract/errors.ts'
import { splitKey } from '../../core/catalog-words.ts'
import type { MeterShape } from '../../core/decision.ts'
import type { Database } from '../../storage/database.ts'
import {
  type CatalogVersionRow,
  catalogsInForce,
  listMeters,
  type PlanVersionRow,
  plansInForce,
} from '../../storage/tables/catalogs.ts'
import type { Clock } from '../clock.ts'
import type { Log } from '../options.ts'
import { type CompiledCatalog, type CompiledEventType, compileCatalog } from './compiled-catalog.ts'

/**
 * The compiled catalogs in force, cached in this process. They are read again after a notice from
 * another process, and every `ttlMs` in case notices get lost. If a document does not compile, the
 * last good one stays in force.
 */
export class CatalogBook {
  readonly #db: Database
  readonly #log: Log
  readonly #ttlMs: number
  readonly #clock: Clock
  #catalogs: ReadonlyMap<string, CompiledCatalog> = new Map()
  #rows: ReadonlyMap<string, CatalogVersionRow> = new Map()
  #plans: ReadonlyMap<string, PlanVersionRow> = new Map()
  #meters: ReadonlyMap<string, MeterShape> = new Map()
  #reading: Promise<void> | undefined
  /** The read that begins when `#reading` ends, for those who asked meanwhile. */
  #next: Promise<void> | undefined
  #cancelTimer = () => {}

  constructor(parts: { db: Database; log: Log; clock: Clock; ttlMs: number }) {
    this.#db = parts.db
    this.#log = parts.log
    this.#clock = parts.clock
    this.#ttlMs = parts.ttlMs
  }

  /**
   * Reads what is in force now. Callers at the same time share a read that started after they
   * asked.
   */
  refresh(): Promise<void> {
    if (this.#next) return this.#next
    if (!this.#reading) return this.#begin()
    this.#next = this.#reading
      .catch(() => {})
      .then(() => {
        this.#next = undefined
        return this.#begin()
      })
    return this.#next
  }

  #begin(): Promise<void> {
    this.#reading = this.#read().finally(() => {
      this.#reading = undefined
    })
    return this.#reading
  }

  /** Refreshes periodically from now on, until `stop`. */
  start(): void {
    this.#cancelTimer()
    this.#cancelTimer = this.#clock.after(this.#ttlMs, () => {
      this.refresh()
        .catch((error: unknown) => this.#log.warn({ error }, 'the catalog could not be read again'))
        .finally(() => this.start())
    })
  }

  stop(): void {
    this.#cancelTimer()
  }

  async #read(): Promise<void> {
    const [rows, plans, meters] = await Promise.all([
      catalogsInForce(this.#db),
      plansInForce(this.#db),
      listMeters(this.#db),
    ])
    const catalogs = new Map(this.#catalogs)
    for (const row of rows) {
      if (catalogs.get(row.catalog)?.versionId === row.id) continue
      const checked = validateCatalog(row.document)
      if (checked.ok) catalogs.set(row.catalog, compileCatalog(checked.catalog, row))
      else {
        const { catalog, version } = row
        this.#log.error({ catalog, version, faults: checked.faults }, 'broken catalog not loaded')
      }
    }
    this.#catalogs = catalogs
    this.#rows = new Map(rows.map((row) => [row.catalog, row]))
    this.#plans = new Map(plans.map((plan) => [`${plan.catalog}/${plan.plan}`, plan]))
    this.#meters = new Map(meters.map((meter) => [meter.key, meter]))
  }

  get catalogs(): readonly CompiledCatalog[] {
    return [...this.#catalogs.values()]
  }

  get versions(): readonly CatalogVersionRow[] {
    return [...this.#rows.values()]
  }

  catalog(key: string): CompiledCatalog | undefined {
    return this.#catalogs.get(key)
  }

  meter(key: string): MeterShape | undefined {
    return this.#meters.get(key)
  }

  /** The event type that a caller names. A bare key belongs to the organization's own catalog. */
  eventType(key: string, homeCatalog: string): CompiledEventType | undefined {
    const named = splitKey(key)
    return this.#catalogs.get(named.catalog ?? homeCatalog)?.eventTypes.get(named.key)
  }

  /** The event type with this key; throws if no catalog or more than one has it. */
  onlyEventType(key: string): CompiledEventType {
    return this.#only(key, 'event type', (catalog, bare) => catalog.eventTypes.get(bare))
  }

  /** The plan by its key, with its catalog. */
  onlyPlan(key: string): { catalog: CompiledCatalog; plan: Plan; row: PlanVersionRow } {
    return this.#only(key, 'plan', (catalog, bare) => {
      const plan = catalog.plans.get(bare)
      const row = this.#plans.get(`${catalog.key}/${bare}`)
      return plan && row ? { catalog, plan, row } : undefined
    })
  }

  planVersion(catalog: string, plan: string): PlanVersionRow | undefined {
    return this.#plans.get(`${catalog}/${plan}`)
  }

  /** The document of a catalog, for editing; throws if it is not loaded. */
  documentOf(key: string): Catalog {
    const catalog = this.#catalogs.get(key)
    if (catalog) return catalog.document
    throw new TollgateError('not_found', { detail: `there is no catalog "${key}"` })
  }

  #only<Found>(
    key: string,
    what: string,
    find: (catalog: CompiledCatalog, bare: string) => Found | undefined,
  ): Found {
    const named = splitKey(key)
    const found = this.catalogs
      .filter((catalog) => named.catalog === undefined || catalog.key === named.catalog)
      .flatMap((catalog) => {
        const one = find(catalog, named.key)
        return one === undefined ? [] : [{ catalog: catalog.key, one }]
      })
    if (found.length === 1 && found[0]) return found[0].one
    if (found.length === 0)
      throw new TollgateError('not_found', { detail: `there is no ${what} "${key}"` })
    const choices = found.map(({ catalog }) => `${catalog}/${named.key}`).join(', ')
    throw new TollgateError('unprocessable', {
      detail: `"${key}" is in several catalogs`,
      faults: [{ field: 'key', message: `is in several catalogs: say which one (${choices})` }],
    })
  }
}
