import { mkdir, open, readdir, readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { syncPath } from '../storage/pglite/sync-folder.ts'
import type { JournalLog } from './journal.ts'
import { type Flaw, scan } from './scan.ts'

/** One file that a process left behind. */
export interface LeftFile {
  /** Undefined if the file has no heading, or its first frame is damaged. */
  readonly heading: string | undefined
  readonly lines: readonly string[]
}

/**
 * Reads the files that a process left behind. Each flaw is logged by its kind. Damaged bytes are
 * copied aside before the rest is processed.
 */
export async function* readLeft(
  folder: string,
  aside: Aside,
  log: JournalLog,
): AsyncGenerator<LeftFile> {
  let next: number | undefined
  const names = (await readdir(folder)).filter((name) => /^\d{10}\.journal$/.test(name)).sort()
  for (const name of names) {
    const file = join(folder, name)
    const scanned = scan(await readFile(file), next)
    for (const flaw of scanned.flaws) await report(flaw, file, aside, log)
    next = scanned.next
    yield scanned
  }
}

const report = async (flaw: Flaw, file: string, aside: Aside, log: JournalLog): Promise<void> => {
  const { position } = flaw
  if (flaw.kind === 'missing') {
    const { records } = flaw
    log.error(
      { file, position, records },
      'journal.missing: records that were written before others are not there',
    )
    return
  }
  const bytes = flaw.bytes.length
  if (flaw.kind === 'torn') {
    log.warn(
      { file, position, bytes },
      'journal.torn: the last write was cut short, and nobody was told that it was made',
    )
    return
  }
  const keptIn = await aside.keepBytes(`${basename(join(file, '..'))}-${basename(file)}`, flaw)
  log.error(
    { file, position, bytes, keptIn },
    'journal.damaged: bytes are not as they were written; they are kept aside',
  )
}

/** Stores data that cannot be used, for people to look at. */
export interface Aside {
  /** Returns the path of the copy. */
  keepBytes(name: string, flaw: { position: number; bytes: Uint8Array }): Promise<string>
  /** Adds a record that the database refuses, with the reason. Returns the path. */
  keepRecord(reason: string, line: string): Promise<string>
}

export const asideIn = (dir: string): Aside => {
  const folder = join(dir, 'aside')
  const write = async (path: string, flags: string, data: string | Uint8Array): Promise<string> => {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    const file = await open(path, flags, 0o600)
    try {
      await file.writeFile(data)
      await file.sync()
    } finally {
      await file.close()
    }
    await syncPath(folder)
    return path
  }
  return {
    keepBytes: (name, { position, bytes }) =>
      write(join(folder, `${name}-${position}.damaged`), 'w', bytes),
    keepRecord: (reason, line) =>
      write(join(folder, 'refused.jsonl'), 'a', `${JSON.stringify({ reason, line })}\n`),
  }
}
