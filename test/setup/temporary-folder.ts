import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'

/** An application with all that it has installed is some 30,000 files. */
const REMOVING_MS = 300_000

/** Makes folders that are removed when the block it was called in is over. */
export const temporaryFolders = (): (() => string) => {
  const made: string[] = []
  afterAll(() => {
    for (const folder of made) rmSync(folder, { recursive: true, force: true })
  }, REMOVING_MS)
  return () => {
    const folder = mkdtempSync(join(tmpdir(), 'tollgate-test-'))
    made.push(folder)
    return folder
  }
}
