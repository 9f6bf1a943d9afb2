import { join } from 'node:path'
import type { JournalStatistics } from '../../contract/engine-statistics.ts'
import { type JournalFiles, systemFiles } from '../../journal/files.ts'
import { ownFolder } from '../../journal/home.ts'
import { Journal } from '../../journal/journal.ts'
import { asideIn } from '../../journal/left.ts'
import type { RunningContext } from '../create-context.ts'
import { createJournalLines } from '../ledger/journal-line.ts'
import type { Partitions } from '../ledger/partitions.ts'
import type { QueuedAsk } from '../ledger/recorder.ts'
import type { EngineOptions } from '../options.ts'
import { type Heading, replayLeft } from './replay-left.ts'

const DEFAULT_MAX_BYTES = 256 * 1024 * 1024
const LEAST_MAX_BYTES = 1024 * 1024
/** How often this process looks for journals of dead processes. */
const LOOK_EVERY_MS = 10_000

export interface JournalSettings {
  readonly dir: string
  readonly maxBytes?: number | undefined
  readonly files?: JournalFiles | undefined
}

/** The journal of a running engine. */
export interface RunningJournal {
  readonly state: () => JournalStatistics
  /** Call it once all queued entries are in the database, or cannot get there. */
  readonly close: () => Promise<void>
}

/** The journal's settings; undefined: no journal. A database in a folder has one by default. */
export const journalSettings = ({
  journal,
  database = { folder: '.tollgate' },
}: EngineOptions): JournalSettings | undefined => {
  if (journal === false) return undefined
  const beside = typeof database === 'object' && 'folder' in database ? database.folder : undefined
  const dir = journal?.dir ?? (beside && join(beside, 'journal'))
  return dir === undefined ? undefined : { ...journal, dir }
}

/**
 * Replays what dead processes left in the folder, then opens this process's own journal there. From
 * now on the recorder's entries are in the journal first.
 *
 * Rejects if the folder cannot be used. On an embedded database it also rejects if the replay
 * fails.
 */
export const openJournal = async (
  ctx: RunningContext,
  partitions: Partitions,
  { dir, maxBytes = DEFAULT_MAX_BYTES, files = systemFiles }: JournalSettings,
  storeId: string,
): Promise<RunningJournal> => {
  const holder = { pid: process.pid, startedAt: ctx.clock.now() }
  const aside = asideIn(dir)
  const notOurs = new Set<string>()
  const replaying = { ctx, db: ctx.db, partitions, dir, holder, aside, storeId, notOurs }
  await replayLeft(replaying).catch((error: unknown) => {
    // An embedded database would grant the leases again, before the replay. On others they stay
    // debited until it succeeds.
    if (ctx.db.kind === 'pglite') throw error
    tellWaiting(ctx, error)
  })
  const folder = await ownFolder(dir, ctx.node.id, holder)
  notOurs.add(folder.path)
  const alone = createJournalLines()
  const journal = await Journal.open<QueuedAsk>({
    files,
    folder: folder.path,
    heading: JSON.stringify({ version: 1, store: storeId } satisfies Heading),
    lines: createJournalLines(),
    onKept: (ask, place) => {
      ask.place = place
      ctx.recorder.take(ask)
    },
    after: ctx.clock.after,
    nowMs: () => ctx.clock.now().getTime(),
    log: ctx.log,
    maxBytes: Math.max(maxBytes, LEAST_MAX_BYTES),
  })
  ctx.recorder.attach(journal, async (ask, reason) => {
    alone.begin()
    await aside.keepRecord(reason, alone.of(ask))
  })
  const stopLooking = lookForLeft(ctx, () => replayLeft(replaying))
  return {
    state: () => journal.state,
    close: async () => {
      await stopLooking()
      await folder.release(await journal.close())
    },
  }
}

const tellWaiting = ({ log }: RunningContext, error: unknown): void =>
  log.warn({ error }, 'journal.waiting: what was left is not replayed yet; trying again')

/** Other processes may share the folder, and may die at any time. */
const lookForLeft = (ctx: RunningContext, look: () => Promise<void>): (() => Promise<void>) => {
  let cancel = () => {}
  let looking = Promise.resolve()
  let isStopped = false
  const later = (): void => {
    if (isStopped) return
    cancel = ctx.clock.after(LOOK_EVERY_MS, () => {
      looking = look()
        .catch((error: unknown) => tellWaiting(ctx, error))
        .then(later)
    })
  }
  later()
  return async () => {
    isStopped = true
    cancel()
    await looking
  }
}
