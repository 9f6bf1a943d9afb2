#!/usr/bin/env node
// `npm run coverage` measures the lines of src that the unit and behaviour tests run. It prints the
// ten files with the lowest coverage, and exits with 1 below 90 %. Code that runs only in child
// processes does not count. It runs named tests instead if given: `npm run coverage --
// test/client`.
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

const LEAST_PERCENT = 90
const root = fileURLToPath(new URL('..', import.meta.url))
/** Faults, models and what runs in a browser have their own runs, and take long. */
const SUITES = [
  ...['authority', 'behaviour', 'cli', 'client', 'connectors', 'contract', 'core', 'decision'],
  ...['engine', 'facade', 'familiar', 'frameworks', 'guard', 'http', 'journal', 'mcp', 'models'],
  ...['react', 'storage', 'telemetry', 'testing'],
].map((name) => `test/${name}`)
const IN_A_BROWSER = ['billing', 'browser', 'tabs'].map((name) => `test/react/${name}.test.ts`)
const named = process.argv.slice(2)
const folder = join(root, 'coverage')

const { status } = spawnSync(
  process.execPath,
  [
    join(root, 'node_modules/vitest/vitest.mjs'),
    ...[
      'run',
      ...(named.length > 0 ? named : SUITES),
      ...IN_A_BROWSER.map((file) => `--exclude=${file}`),
      '--coverage.enabled',
      '--coverage.provider=v8',
    ],
    ...['--coverage.include=src/**/*.{ts,tsx}', '--coverage.exclude=src/**/generated/**'],
    ...['--coverage.reporter=json-summary', `--coverage.reportsDirectory=${folder}`],
    ...['--coverage.reportOnFailure', '--silent'],
  ],
  { cwd: root, stdio: 'inherit', env: { ...process.env, TOLLGATE_TEST_FSYNC: 'off' } },
)

const { total, ...files } = JSON.parse(readFileSync(join(folder, 'coverage-summary.json'), 'utf8'))
const lowest = Object.entries(files)
  // A file with only types has no lines.
  .filter(([, { lines }]) => lines.total > 0)
  .sort(([, a], [, b]) => a.lines.pct - b.lines.pct)
  .slice(0, 10)
console.log(`\n${total.lines.pct} % of ${total.lines.total} lines. The lowest ten files:`)
for (const [file, { lines }] of lowest) {
  console.log(`${String(lines.pct).padStart(6)} %  ${relative(root, file)} (${lines.total} lines)`)
}
if (status !== 0) console.error('Some tests failed, so the figure may be too low.')
process.exit(status === 0 && total.lines.pct >= LEAST_PERCENT ? 0 : 1)
