import { type Command, Option } from 'commander'
import { DECISION_MODES } from '../core/catalog-words.ts'
import type { TollgateOptions } from '../engine/options.ts'
import { appended } from './arguments.ts'
import { catalogSources } from './catalog-files.ts'
import type { CliContext } from './context.ts'
import { CliFailure } from './failure.ts'

/** The options of every command that opens a database. */
export interface DatabaseOptions {
  readonly data?: string
  readonly databaseUrl?: string
}

export interface EngineCommandOptions extends DatabaseOptions {
  readonly catalog?: readonly string[]
  readonly redisUrl?: string
  readonly decide?: 'strict' | 'leased'
  readonly journal?: string | false
}

/** The place of a database: a folder for the embedded one, or the URL of a PostgreSQL. */
export type DatabasePlace = { readonly folder: string } | { readonly url: string }

export const DEFAULT_FOLDER = '.tollgate'

export const addDatabaseOptions = (command: Command): Command =>
  command
    .option('--data <dir>', `the folder of the embedded database (default: ${DEFAULT_FOLDER})`)
    .option('--database-url <url>', 'a PostgreSQL to use instead (default: DATABASE_URL)')

export const addEngineOptions = (
  command: Command,
  defaultCatalogs = 'all built-in ones',
): Command =>
  addDatabaseOptions(command)
    .option(
      '--catalog <name|file>',
      `a built-in catalog or a file; repeatable (default: ${defaultCatalogs})`,
      appended,
    )
    .option('--redis-url <url>', 'a Redis that decides rates and quotas (default: REDIS_URL)')
    .addOption(
      new Option(
        '--decide <mode>',
        'commit each decision first (strict), or decide on leases (leased)',
      )
        .choices(DECISION_MODES)
        .default('strict'),
    )
    .option(
      '--journal <dir>',
      'a local folder for answers that are not in the database yet (default: TOLLGATE_JOURNAL)',
    )
    .option('--no-journal', 'write no journal')

/** Options for commands that leave the catalogs as they are, unless `--catalog` is given. */
export const addStoredEngineOptions = (command: Command): Command =>
  addEngineOptions(command, 'those in the database')

/** Uses the catalogs in the database, unless the options name others. */
export const withStoredCatalogs = <Options extends EngineCommandOptions>(
  options: Options,
): Options => ({ ...options, catalog: options.catalog ?? [] })

/** Options take precedence over the environment. */
export const databasePlace = (
  { data, databaseUrl }: DatabaseOptions,
  env: CliContext['env'],
): DatabasePlace => {
  if (data !== undefined && databaseUrl !== undefined) {
    throw new CliFailure('--data and --database-url name two databases: give only one.')
  }
  if (data !== undefined) return { folder: data }
  const url = databaseUrl ?? env.DATABASE_URL
  if (!url) return { folder: DEFAULT_FOLDER }
  if (/^(?:postgres(?:ql)?:\/\/|socket:|\/)/i.test(url)) return { url }
  // The message does not repeat the URL, which may contain a password.
  const given = databaseUrl === undefined ? 'DATABASE_URL' : '--database-url'
  throw new CliFailure(`${given} must be a URL such as postgres://user:password@host:5432/name.`)
}

/** Converts the command line to options of the engine. */
export const engineOptions = async (
  options: EngineCommandOptions,
  env: CliContext['env'],
): Promise<TollgateOptions & { readonly database: DatabasePlace }> => {
  const redisUrl = options.redisUrl ?? env.REDIS_URL
  if (redisUrl && !/^rediss?:\/\//i.test(redisUrl)) {
    // The message does not repeat the URL, which may contain a password.
    const given = options.redisUrl === undefined ? 'REDIS_URL' : '--redis-url'
    throw new CliFailure(`${given} must be a URL such as redis://user:password@host:6379.`)
  }
  return {
    database: databasePlace(options, env),
    ...(redisUrl && { redis: { url: redisUrl } }),
    ...(options.decide && { decide: options.decide }),
    ...(options.catalog && { catalogs: await catalogSources(options.catalog) }),
    ...journalOption(options, env),
  }
}

/** Without a setting the engine decides: it keeps a journal beside an embedded database. */
const journalOption = (
  { journal }: EngineCommandOptions,
  env: CliContext['env'],
): Pick<TollgateOptions, 'journal'> => {
  // Commander sets `true` when `--no-journal` is defined but not given.
  const dir = typeof journal === 'string' ? journal : env.TOLLGATE_JOURNAL
  if (journal === false || dir === 'off') return { journal: false }
  return dir ? { journal: { dir } } : {}
}

/** Describes a database's place without its password. */
export const describePlace = (place: DatabasePlace): string => {
  if ('folder' in place) return place.folder
  try {
    const url = new URL(place.url)
    return `${url.host}${url.pathname}`
  } catch {
    return 'the PostgreSQL'
  }
}
