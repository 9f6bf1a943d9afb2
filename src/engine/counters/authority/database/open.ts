import type { Database } from '../../../../storage/database.ts'
import {
  giveLeases,
  type LeaseRef,
  type LeaseWant,
  takeLeases,
} from '../../../../storage/gate/leases.ts'
import { hearRecalls, tellRecall } from '../../../../storage/recalls.ts'
import type { Ask, Authority, Counter, Refused, Return, Taken, Want } from '../authority.ts'
import { readCounterKey } from '../counter-key.ts'
import { readRecallMessage, recallMessage } from '../recall-message.ts'

export interface DatabaseAuthorityOptions {
  readonly db: Database
  /** The id of this process. */
  readonly node: string
  readonly clock: { now(): Date }
  /**
   * The share of a limit that all processes together may lease. It is what is lost if they die. It
   * is 1 for a database with one process, which reclaims everything at its next start.
   */
  readonly share: number
}

/**
 * The authority on the ledger's own database. A lease is stored in the bucket to which its events
 * are posted. The statement that posts them also uses up the lease. So levels are always right, and
 * `give` is only for unused leases.
 */
export const openDatabaseAuthority = (options: DatabaseAuthorityOptions): Authority => {
  const { db, node, clock, share } = options
  const stops: (() => Promise<void>)[] = []
  return {
    leasesAll: true,
    take: async (asks) => {
      const wants = asks.flatMap((ask, place) => wantsOf(ask, place + 1))
      const rows = await takeLeases(db, wants, { id: node, share }, clock.now())
      const taken: Taken[] = asks.map(() => ({ taken: true, grants: [] }))
      for (const row of rows) {
        const place = row.ask - 1
        const before = taken[place] as Taken
        taken[place] = row.taken
          ? { taken: true, grants: [...(before.taken ? before.grants : []), grantOf(row)] }
          : {
              taken: false,
              refused: [
                ...(before.taken ? [] : before.refused),
                refusalOf(row, asks[place] as Ask),
              ],
            }
      }
      return taken
    },
    give: async (returns) => {
      const unused = returns.map(({ organizationId, counter, units, as }: Return) => {
        if (as !== 'unused') throw new TypeError('what was used is posted with its events')
        return { lease: leaseRef(organizationId, counter), units }
      })
      if (unused.length > 0) await giveLeases(db, unused, node, clock.now())
    },
    recall: (organizationId) => tellRecall(db, recallMessage({ node, organizationId })),
    onRecall: async (listener) => {
      const stop = await hearRecalls(db, (text) => {
        const recall = readRecallMessage(text)
        if (recall?.node !== node) listener(recall?.organizationId)
      })
      stops.push(stop)
      listener(undefined)
    },
    close: async () => {
      await Promise.all(stops.splice(0).map((stop) => stop()))
    },
  }
}

type Row = Awaited<ReturnType<typeof takeLeases>>[number]

const grantOf = (row: Row) => ({ leased: Number(row.leased), level: Number(row.level) })

const refusalOf = (row: Row, { wants }: Ask): Refused => {
  const { counter, units } = wants[row.want - 1] as Want
  const isTooLarge = counter.rule.kind === 'window' && units > counter.rule.max
  return {
    want: row.want - 1,
    level: Number(row.level),
    recallable: row.recallable,
    // A use larger than the whole limit does not fit into a new window either.
    retryAfterMs:
      isTooLarge || row.retry_after_ms === null ? undefined : Number(row.retry_after_ms),
  }
}

const wantsOf = ({ organizationId, wants }: Ask, ask: number): LeaseWant[] =>
  wants.map(({ counter, units, block, have }, index) => ({
    ask,
    want: index + 1,
    lease: leaseRef(organizationId, counter),
    units,
    block,
    have: have ?? 0,
  }))

/** The name of a counter in the database. */
export const leaseRef = (organizationId: string, { key, rule }: Counter): LeaseRef => ({
  organizationId,
  ...readCounterKey(key),
  ceiling: rule.kind === 'rate' ? rule.burst : rule.max,
  max: rule.max,
  endMs: rule.kind === 'window' ? rule.endMs : 0,
})
