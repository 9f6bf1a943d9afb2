import { Command } from 'commander'
import type { Principal } from '../contract/tenancy.ts'
import type { TollgateEngine } from '../contract/tollgate.ts'
import { plumbingOf } from '../engine/plumbing.ts'
import type { ToolDesk } from '../mcp/desk.ts'
import { type CliContext, print } from './context.ts'
import {
  addStoredEngineOptions,
  type EngineCommandOptions,
  withStoredCatalogs,
} from './database-options.ts'
import { CliFailure } from './failure.ts'
import { openEngine } from './open-engine.ts'
import type { CommandFactory } from './program.ts'
import { orAskServer } from './server-connection.ts'
import { watchForShutdown } from './shutdown.ts'

interface McpCommandOptions extends EngineCommandOptions {
  readonly url?: string
  readonly write?: boolean
}

export const mcpCommand: CommandFactory = (context, action) =>
  addStoredEngineOptions(new Command('mcp'))
    .description('serve tools to an assistant over standard input and output')
    .option(
      '--url <url>',
      "the server whose tools to serve, instead of a database's (default: TOLLGATE_URL)",
    )
    .option('--write', 'also offer tools that change data')
    .action(action((options: McpCommandOptions) => serve(options, context)))

/** Standard output carries only the protocol. Messages go to standard error. */
const serve = async (options: McpCommandOptions, context: CliContext): Promise<number> => {
  const shutdown = watchForShutdown(context)
  try {
    const { desk, close } = await opened(options, context)
    try {
      const { overStdio } = await import('../mcp/over-stdio.ts')
      await overStdio(desk, {
        signal: shutdown.signal,
        onError: (error) => print(context.stderr, `error: ${error.message}`),
      })
    } finally {
      await close()
    }
    return 0
  } finally {
    shutdown.dispose()
  }
}

interface OpenedDesk {
  readonly desk: ToolDesk
  readonly close: () => Promise<void>
}

const opened = (options: McpCommandOptions, context: CliContext): Promise<OpenedDesk> => {
  const { data, databaseUrl } = options
  const isDatabase = data !== undefined || databaseUrl !== undefined
  if (options.url !== undefined && isDatabase) {
    throw new CliFailure(
      '--url names a server, which has its own database: leave out the other option.',
    )
  }
  const url = isDatabase ? undefined : (options.url ?? context.env.TOLLGATE_URL)
  return url ? ofServer(url, options, context) : ofDatabase(options, context)
}

/** Asks the server once at the start, so that a wrong setup shows at once. */
const ofServer = async (
  url: string,
  { write = false }: McpCommandOptions,
  { env }: CliContext,
): Promise<OpenedDesk> => {
  if (!URL.canParse(url) || !/^https?:/i.test(url)) {
    throw new CliFailure(`${url}: must be the URL of a server, such as http://127.0.0.1:4000.`)
  }
  const key = env.TOLLGATE_KEY ?? env.TOLLGATE_ADMIN_KEY
  if (!key) {
    throw new CliFailure(
      'A server requires a key: set TOLLGATE_KEY to an API key or a service key.',
    )
  }
  const { serverDesk } = await import('../mcp/server-desk.ts')
  const desk = serverDesk({ url, key, writes: write, fetch })
  await desk.list().catch((error: Error) => {
    throw new CliFailure(`${url}: ${error.message}`)
  })
  return { desk, close: async () => {} }
}

const ofDatabase = async (options: McpCommandOptions, context: CliContext): Promise<OpenedDesk> => {
  const tollgate = await openEngine(withStoredCatalogs(options), context).catch(orAskServer)
  try {
    const { createEngineDesk } = await import('../mcp/create-engine-desk.ts')
    const desk = createEngineDesk({
      plumbing: plumbingOf(tollgate),
      audit: tollgate.admin.audit,
      caller: await callerBy(context.env.TOLLGATE_KEY, tollgate),
      writes: options.write ?? false,
      onInternal: (error, tool) => print(context.stderr, `error: ${tool}: ${String(error)}`),
    })
    return { desk, close: () => tollgate.close() }
  } catch (error) {
    await tollgate.close()
    throw error
  }
}

/** With access to the database, the caller is the platform, unless a key limits them. */
const callerBy = async (
  key: string | undefined,
  tollgate: TollgateEngine,
): Promise<Principal | undefined> => {
  if (!key) return undefined
  const principal = await plumbingOf(tollgate).authenticate(key)
  if (principal) return principal
  throw new CliFailure(
    'TOLLGATE_KEY is not a valid key of this database: it is wrong, revoked or expired.',
  )
}
