import { Command } from 'commander'
import type { CatalogInput } from '../contract/catalog.ts'
import type { CatalogDiff } from '../contract/catalog-version.ts'
import { catalogFileFaults, readJsonFile } from './catalog-files.ts'
import { type CliContext, print } from './context.ts'
import {
  addStoredEngineOptions,
  type EngineCommandOptions,
  withStoredCatalogs,
} from './database-options.ts'
import { counted } from './numbers.ts'
import { withEngine } from './open-engine.ts'
import type { CommandFactory } from './program.ts'

export const catalogCommand: CommandFactory = (context, action) =>
  new Command('catalog')
    .description('check, compare and apply catalogs')
    .addCommand(
      new Command('check')
        .description('list all faults of catalog files')
        .argument('<file...>', 'catalogs as JSON')
        .action(action((files: readonly string[]) => check(files, context))),
    )
    .addCommand(
      addStoredEngineOptions(new Command('diff'))
        .description('show what applying a file would change')
        .argument('<file>', 'catalog as JSON')
        .action(
          action((file: string, options: EngineCommandOptions) => diff(file, options, context)),
        ),
    )
    .addCommand(
      addStoredEngineOptions(new Command('apply'))
        .description('put a file in force; every running process follows')
        .argument('<file>', 'catalog as JSON')
        .option('--note <text>', 'the reason, for the history')
        .option(
          '--apply-to-existing',
          'also move organizations on changed plans to the new versions',
        )
        .action(action((file: string, options: ApplyOptions) => apply(file, options, context))),
    )

interface ApplyOptions extends EngineCommandOptions {
  readonly note?: string
  readonly applyToExisting?: boolean
}

/** Reports every fault of every file. */
const check = async (files: readonly string[], context: CliContext): Promise<number> => {
  const results = [...(await catalogFileFaults(files))]
  for (const [file, faults] of results) {
    if (faults.length > 0) print(context.stderr, ...faults)
    else print(context.stdout, `${file}: ok`)
  }
  const faulty = results.filter(([, faults]) => faults.length > 0)
  if (faulty.length === 0) return 0
  const faultCount = faulty.flatMap(([, faults]) => faults).length
  const among = `${faulty.length} of ${counted(results.length, 'file')}`
  print(context.stderr, `${counted(faultCount, 'fault')} in ${among}.`)
  return 1
}

const diff = async (
  file: string,
  options: EngineCommandOptions,
  context: CliContext,
): Promise<number> => {
  const document = (await readJsonFile(file)) as CatalogInput
  const result = await withEngine(withStoredCatalogs(options), context, (tollgate) =>
    tollgate.catalog.diff({ document }),
  )
  print(context.stdout, ...diffLines(result))
  return 0
}

const diffLines = ({ catalog, fromVersion, changes }: CatalogDiff): readonly string[] => {
  if (fromVersion === null) return [`${catalog} is new: it is not in the database yet.`]
  const since = `${catalog} version ${fromVersion}`
  if (changes.length === 0) return [`Nothing would change: the file equals ${since}.`]
  return [
    `${counted(changes.length, 'change')} from ${since}:`,
    ...changes.map(({ path, change, before, after }) => {
      if (change === 'added') return `  + ${path}: ${JSON.stringify(after)}`
      if (change === 'removed') return `  - ${path}: ${JSON.stringify(before)}`
      return `  ~ ${path}: ${JSON.stringify(before)} → ${JSON.stringify(after)}`
    }),
  ]
}

const apply = async (
  file: string,
  { note, applyToExisting = false, ...options }: ApplyOptions,
  context: CliContext,
): Promise<number> => {
  const document = (await readJsonFile(file)) as CatalogInput
  const { changes, version } = await withEngine(
    withStoredCatalogs(options),
    context,
    async (tollgate) => {
      const { changes } = await tollgate.catalog.diff({ document })
      const applied = { document, note, applyToExisting }
      return { changes, version: await tollgate.catalog.apply(applied, { actor: 'cli' }) }
    },
    { creates: true },
  )
  print(
    context.stdout,
    `${version.catalog} version ${version.version} is in force (${counted(changes.length, 'change')}).`,
  )
  return 0
}
