import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { Command } from 'commander'
import { type CliContext, print } from './context.ts'
import {
  addDatabaseOptions,
  type DatabaseOptions,
  type DatabasePlace,
  databasePlace,
  describePlace,
} from './database-options.ts'
import { counted } from './numbers.ts'
import type { CommandFactory } from './program.ts'

export const migrateCommand: CommandFactory = (context, action) =>
  addDatabaseOptions(new Command('migrate'))
    .description('migrate the database to this version, and print what was done')
    .option(
      '--familiar-names <schema>',
      'also create the tables and functions of hand-written trackers there, as views of the ' +
        'ledger',
    )
    .action(action((options: MigrateOptions) => migrate(options, context)))

interface MigrateOptions extends DatabaseOptions {
  readonly familiarNames?: string
}

const migrate = async (options: MigrateOptions, context: CliContext): Promise<number> => {
  const place = databasePlace(options, context.env)
  const isNewFolder = 'folder' in place && !existsSync(join(place.folder, 'pgdata'))
  const { migrate: applyMigrations } = await import('../storage/migrate.ts')
  const database = await openDatabase(place)
  try {
    const { applied } = await applyMigrations(database)
    print(context.stdout, ...report(describePlace(place), applied, isNewFolder))
    const { familiarNames } = options
    if (familiarNames !== undefined) {
      const { createFamiliarNames } = await import('../storage/familiar-names.ts')
      await createFamiliarNames(database, familiarNames)
      print(context.stdout, `The familiar names are in the schema ${familiarNames}.`)
    }
    return 0
  } finally {
    await database.close()
  }
}

const openDatabase = async (place: DatabasePlace) => {
  if ('folder' in place) {
    const { openPglite } = await import('../storage/pglite/open.ts')
    return openPglite(place)
  }
  const { openPostgres } = await import('../storage/postgres/open.ts')
  return openPostgres(place)
}

const report = (place: string, applied: readonly string[], isNew: boolean): readonly string[] => {
  if (applied.length > 0) {
    return [`Applied ${counted(applied.length, 'step')} to ${place}:`, ...applied.map(indented)]
  }
  return isNew
    ? [`Created a new database in ${place}, which is up to date.`]
    : [`Nothing to do: ${place} is up to date.`]
}

const indented = (line: string): string => `  ${line}`
