import type { TollgateClient } from '../client/index.ts'
import type { CliContext } from './context.ts'
import type { DatabaseOptions } from './database-options.ts'
import { CliFailure } from './failure.ts'

/** The options of a command that works on a server or in a database. */
export interface ServerOptions extends DatabaseOptions {
  readonly url?: string
  readonly key?: string
}

/** Rethrows an error. If another process holds the folder, the new error says how to reach it. */
export const orAskServer = (error: unknown): never => {
  if (!(error instanceof Error) || error.name !== 'FolderHeldError') throw error
  throw new CliFailure(error.message, 'If the process is a server, give its URL with --url.')
}

/** Creates a client of the server at `url`, with the given key or `TOLLGATE_ADMIN_KEY`. */
export const connectToServer = async (
  url: string,
  { key, data, databaseUrl }: ServerOptions,
  { env }: CliContext,
): Promise<TollgateClient> => {
  if (data !== undefined || databaseUrl !== undefined) {
    throw new CliFailure(
      '--url names a server, which has its own database: leave out the other option.',
    )
  }
  if (!URL.canParse(url) || !/^https?:/i.test(url)) {
    throw new CliFailure(
      `--url ${url}: must be the URL of a server, such as http://127.0.0.1:4000.`,
    )
  }
  const credential = key ?? env.TOLLGATE_ADMIN_KEY
  if (!credential) {
    throw new CliFailure("--url: give the server's admin key with --key or TOLLGATE_ADMIN_KEY.")
  }
  const { createClient } = await import('../client/index.ts')
  return createClient({ url, key: credential })
}
