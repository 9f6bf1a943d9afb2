import { basename } from 'node:path'
import { type OwnedFolder, processOf, takeLeftFolders } from '../../journal/home.ts'
import { type Aside, type LeftFile, readLeft } from '../../journal/left.ts'
import type { Database } from '../../storage/database.ts'
import type { RecordAsk, RecordOutcome } from '../../storage/gate/usage.ts'
import type { Holder } from '../../storage/pglite/folder-lock.ts'
import type { UsageItem } from '../../storage/usage-batch.ts'
import type { Context } from '../context.ts'
import { isItemFault } from '../group-commit/item-fault.ts'
import { countRecorded } from '../ledger/count-recorded.ts'
import { createLineReader } from '../ledger/journal-line.ts'
import { Ledger } from '../ledger/ledger.ts'
import type { Partitions } from '../ledger/partitions.ts'

const DAY_MS = 86_400_000
const MAX_BATCH = 1_000

export interface ReplayParts {
  readonly ctx: Context
  readonly db: Database
  readonly partitions: Partitions
  readonly dir: string
  readonly holder: Holder
  readonly aside: Aside
  readonly storeId: string
  /** Folders that must not be replayed: this process's own, and those of other stores. */
  readonly notOurs: Set<string>
}

/** The first line of a file, which describes it. */
export interface Heading {
  readonly version: 1
  readonly store: string
}

/**
 * Records what dead processes left in the folder, each record once. Each record claims its id, and
 * ends its part of the dead process's lease.
 *
 * A folder is deleted once all of it is committed. If that fails, it stays for the next try.
 */
export const replayLeft = async (parts: ReplayParts): Promise<void> => {
  for await (const folder of takeLeftFolders(parts.dir, parts.holder, parts.notOurs)) {
    let isDone = false
    try {
      isDone = await replayFolder(parts, folder)
    } finally {
      await folder.release(isDone)
    }
  }
}

interface Tally {
  recorded: number
  duplicates: number
  refused: number
}

/** Returns false if the folder belongs to another store, or this version cannot read it. */
const replayFolder = async (parts: ReplayParts, folder: OwnedFolder): Promise<boolean> => {
  const { ctx, aside } = parts
  const tally: Tally = { recorded: 0, duplicates: 0, refused: 0 }
  const ledger = ledgerOf(parts, processOf(folder.path))
  for await (const file of readLeft(folder.path, aside, ctx.log)) {
    if (!isOurs(parts, folder, file)) {
      parts.notOurs.add(folder.path)
      return false
    }
    await replayFile(parts, ledger, file, tally)
  }
  const said = { folder: basename(folder.path), ...tally }
  const records = tally.recorded + tally.duplicates + tally.refused
  if (records === 0) ctx.log.info(said, 'journal.empty: a process left nothing to be replayed')
  else ctx.log.warn(said, 'journal.replayed: what a process left is in the books')
  return true
}

const isOurs = ({ ctx, storeId }: ReplayParts, { path }: OwnedFolder, file: LeftFile): boolean => {
  // A file without a heading is damaged, and that is already reported. Its records are still tried:
  // those of another store name organizations that do not exist here.
  if (file.heading === undefined) return true
  const { version, store } = JSON.parse(file.heading) as Heading
  if (version === 1 && store === storeId) return true
  ctx.log.error(
    { folder: path, version, store },
    'journal.foreign: it belongs to another database or version, and is left as it is',
  )
  return false
}

/** Records in the name of the dead process, so that its leases are used and not ours. */
const ledgerOf = ({ ctx, db, partitions }: ReplayParts, process: string): Ledger =>
  new Ledger({
    db,
    node: { ...ctx.node, id: process },
    clock: ctx.clock,
    partitions,
    lanes: 1,
    maxBatch: MAX_BATCH,
    capacity: Number.POSITIVE_INFINITY,
    onRecorded: ctx.shared && ((item: UsageItem) => void ctx.shared?.happened(item)),
  })

const replayFile = async (
  parts: ReplayParts,
  ledger: Ledger,
  { lines }: LeftFile,
  tally: Tally,
): Promise<void> => {
  const read = createLineReader()
  await Promise.all(
    lines.map(async (line) => {
      const ask = readOrUndefined(read, line)
      const outcome = ask ? await outcomeOf(parts, ledger, ask) : 'unreadable'
      if (outcome === 'recorded') {
        tally.recorded += 1
        countRecorded(parts.ctx, (ask as RecordAsk).item)
      } else if (outcome === 'duplicate') tally.duplicates += 1
      else {
        tally.refused += 1
        await refuse(parts, outcome, line)
      }
    }),
  )
}

const readOrUndefined = (
  read: (line: string) => RecordAsk,
  line: string,
): RecordAsk | undefined => {
  try {
    return read(line)
  } catch {
    return undefined
  }
}

/** The result for a record. Rejects only if the store is at fault. */
const outcomeOf = async (
  { ctx }: ReplayParts,
  ledger: Ledger,
  ask: RecordAsk,
): Promise<RecordOutcome | string> => {
  const ageMs = ctx.clock.now().getTime() - ask.item.receivedAt.getTime()
  // Whether it was counted is known only as long as its id is stored.
  if (!ask.item.backfilled && ageMs > ctx.retention.idsDays * DAY_MS) return 'too_old'
  try {
    return await ledger.record(ask)
  } catch (error) {
    if (isItemFault(error)) return String(error)
    throw error
  }
}

const refuse = async ({ ctx, aside }: ReplayParts, reason: string, line: string): Promise<void> => {
  ctx.counters.eventsRejected += 1
  const keptIn = await aside.keepRecord(reason, line)
  ctx.log.error({ reason, keptIn }, 'journal.refused: the books do not take a record; it is kept')
}
