import { TollgateError } from '../contract/errors.ts'
import type { Database, Queryable, Statement } from '../storage/database.ts'
import { DatabaseError } from '../storage/database-error.ts'
import { askStore, probeRoom } from '../storage/gate/store-probe.ts'
import type { StoreTrouble } from '../storage/store-trouble.ts'
import type { Clock } from './clock.ts'
import { storeUnavailable } from './group-commit/store-guard.ts'
import type { Log } from './options.ts'

const READY_TIMEOUT_MS = 1_000

interface HealthParts {
  readonly clock: Clock
  readonly log: Log
}

/**
 * Whether the store can do its work. A full disk still answers queries, so a failed write is
 * remembered. From then on, readiness requires a successful write.
 */
export class StoreHealth {
  readonly #parts: HealthParts
  #trouble: StoreTrouble | undefined

  constructor(parts: HealthParts) {
    this.#parts = parts
  }

  /** The same database, whose failures are noted. */
  watched(db: Database): Database {
    const seen = <T>(work: Promise<T>): Promise<T> => {
      // Runs beside the work, so that nobody waits a turn longer.
      work.catch((error: unknown) => this.#note(error))
      return work
    }
    const asking = (of: NonNullable<Database['reads']>) => ({
      connections: of.connections,
      query: <Row>(text: string, values?: readonly unknown[]) => seen(of.query<Row>(text, values)),
      transaction: <T>(work: (tx: Queryable) => Promise<T>, opening?: Statement) =>
        seen(of.transaction(work, opening)),
    })
    return {
      kind: db.kind,
      ...asking(db),
      ...(db.reads && { reads: asking(db.reads) }),
      script: (text) => seen(db.script(text)),
      listen: (channel, onPayload) => db.listen(channel, onPayload),
      close: () => db.close(),
    }
  }

  /**
   * Resolves within a second if the store can do its work. Otherwise rejects as `unavailable`, with
   * the reason.
   */
  async ready(db: Database): Promise<void> {
    const { clock, log } = this.#parts
    let cancel = () => {}
    const late = new Promise<never>((_resolve, reject) => {
      const detail = 'the store did not answer within a second'
      cancel = clock.after(READY_TIMEOUT_MS, () =>
        reject(new TollgateError('unavailable', { detail })),
      )
    })
    const asked = this.#trouble
    try {
      await Promise.race([asked ? probeRoom(db) : askStore(db), late])
    } catch (error) {
      throw storeUnavailable(error)
    } finally {
      cancel()
    }
    if (asked && this.#trouble === asked) {
      this.#trouble = undefined
      log.warn({ reason: asked.reason }, 'the store can do its work again')
    }
  }

  #note(error: unknown): void {
    if (!(error instanceof DatabaseError) || error.trouble?.kind !== 'unfit') return
    if (this.#trouble?.reason === error.trouble.reason) return
    this.#trouble = error.trouble
    const { reason } = error.trouble
    this.#parts.log.error({ error, reason, code: error.code }, 'the store cannot do its work')
  }
}
