import { closest, distance } from 'fastest-levenshtein'
import type { DecisionReason } from '../../contract/decision.ts'
import type { Database } from '../../storage/database.ts'
import { listOrganizations } from '../../storage/tables/organizations.ts'
import type { CatalogBook } from '../catalog/catalog-book.ts'
import type { Clock } from '../clock.ts'
import type { Log } from '../options.ts'

const AGAIN_AFTER_MS = 60_000
const MOST_NAMES = 1_000
const LONGEST_NAME = 129
/** The most organizations that are compared with an unknown id. */
const CANDIDATES = 200

/** Ends the message if no existing name is similar. */
const ADVICE: Readonly<Record<UnknownReason, string>> = {
  unknown_event_type: '',
  unknown_organization: '; create it with organizations.create',
}

type UnknownReason = Extract<DecisionReason, 'unknown_event_type' | 'unknown_organization'>

interface Parts {
  readonly db: Database
  readonly catalog: Pick<CatalogBook, 'catalogs'>
  readonly clock: Pick<Clock, 'now'>
  readonly log: Pick<Log, 'warn'>
}

interface NamedCall {
  readonly organizationId?: string | undefined
  readonly eventType?: string | undefined
}

/**
 * Logs calls that name an organization or event type that does not exist, with the nearest existing
 * name. Such a call is a bug in the host. Each name is logged once a minute, so a loop does not
 * fill the log.
 */
export class UnknownNames {
  readonly #parts: Parts
  readonly #toldAtMs = new Map<string, number>()

  constructor(parts: Parts) {
    this.#parts = parts
  }

  note(reason: DecisionReason, { organizationId, eventType }: NamedCall): void {
    if (reason === 'unknown_event_type') this.#tell(reason, eventType, () => this.#eventTypes())
    if (reason === 'unknown_organization') {
      this.#tell(reason, organizationId, (name) => this.#organizations(name))
    }
  }

  #tell(
    reason: UnknownReason,
    given: string | undefined,
    candidates: (name: string) => Promise<readonly string[]>,
  ): void {
    const name = given?.slice(0, LONGEST_NAME)
    if (name === undefined || !this.#isDue(`${reason}:${name}`)) return
    const { log } = this.#parts
    candidates(name)
      .then((names) => {
        const nearest = nearestTo(name, names)
        const hint = nearest === undefined ? ADVICE[reason] : `; did you mean "${nearest}"?`
        log.warn({ reason, name, nearest }, `${reason}: there is no "${name}"${hint}`)
      })
      .catch((err: unknown) => log.warn({ err, reason, name }, `${reason}: there is no "${name}"`))
  }

  #isDue(key: string): boolean {
    const nowMs = this.#parts.clock.now().getTime()
    const toldAtMs = this.#toldAtMs.get(key)
    if (toldAtMs !== undefined && nowMs - toldAtMs < AGAIN_AFTER_MS) return false
    if (this.#toldAtMs.size >= MOST_NAMES) this.#toldAtMs.clear()
    this.#toldAtMs.set(key, nowMs)
    return true
  }

  async #eventTypes(): Promise<readonly string[]> {
    return this.#parts.catalog.catalogs.flatMap(({ key, document }) =>
      document.eventTypes.flatMap((type) => [type.key, `${key}/${type.key}`]),
    )
  }

  /** Reads ids from the name's first character on, since typing errors are rarely at the start. */
  async #organizations(name: string): Promise<readonly string[]> {
    const rows = await listOrganizations(this.#parts.db, {
      after: name.slice(0, 1),
      limit: CANDIDATES,
      catalog: undefined,
      plan: undefined,
      status: undefined,
    })
    return rows.map(({ id }) => id)
  }
}

/** A name that differs by more than a third is not suggested. */
const nearestTo = (name: string, names: readonly string[]): string | undefined => {
  if (names.length === 0) return undefined
  const nearest = closest(name, names)
  return distance(name, nearest) <= Math.max(2, name.length / 3) ? nearest : undefined
}
