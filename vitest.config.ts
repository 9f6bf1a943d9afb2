import { defineConfig } from 'vitest/config'
import { PATIENCE_MS } from './test/setup/eventually.ts'
import { folderInMemory } from './test/setup/folder-in-memory.ts'
import { isAll, isLong } from './test/setup/form.ts'
import { LongFilesFirst } from './test/setup/long-files-first.ts'
import { LONG_ONLY, withoutLongForm } from './test/setup/long-form.ts'
import { NODE_ARGUMENTS } from './test/setup/node-arguments.ts'

// The long form stays on the disk, as users' folders do.
const inMemory = isLong ? undefined : folderInMemory()
if (inMemory !== undefined) process.env.TMPDIR = inMemory

export default defineConfig({
  test: {
    include: ['test/**/*.test.{ts,tsx}'],
    exclude: ['**/node_modules/**', ...(isLong ? withoutLongForm() : isAll ? [] : [LONG_ONLY])],
    globalSetup: [
      'test/setup/postgres-server.ts',
      'test/setup/redis-server.ts',
      'test/setup/browser.ts',
    ],
    // Nothing in src has module-level state, so files may share a process, which saves loading all
    // of it for each; two at once, because an embedded database takes a core and 0.3 GB. (Three
    // on two cores took longer in all.)
    pool: 'forks',
    execArgv: [...NODE_ARGUMENTS],
    maxWorkers: 2,
    isolate: false,
    sequence: { sequencer: LongFilesFirst },
    expect: { poll: { timeout: PATIENCE_MS } },
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
})
