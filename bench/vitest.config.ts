import { defineConfig } from 'vitest/config'

/** Benchmarks run one at a time, on the result of `npm run build`, with their own PostgreSQL. */
export default defineConfig({
  test: {
    include: ['bench/**/*.bench.ts'],
    globalSetup: [
      'test/setup/postgres-server.ts',
      'test/setup/redis-server.ts',
      'test/setup/browser.ts',
    ],
    fileParallelism: false,
    testTimeout: 3_600_000,
    hookTimeout: 120_000,
    disableConsoleIntercept: true,
  },
})
