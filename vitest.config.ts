import { defineConfig } from 'vitest/config'
import { LongFilesFirst } from './test/setup/long-files-first.ts'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/setup/postgres-server.ts', 'test/setup/redis-server.ts'],
    // Nothing in src has module-level state, so files may share a process, which saves loading all
    // of it for each. Three at once on two cores: many wait for a store that is away or for a
    // process that starts. More would not help, an embedded database takes a core and 0.3 GB.
    pool: 'forks',
    maxWorkers: 3,
    isolate: false,
    sequence: { sequencer: LongFilesFirst },
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
})
