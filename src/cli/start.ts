import { Command } from 'commander'
import type { TollgateEngine } from '../contract/tollgate.ts'
import { plumbingOf } from '../engine/plumbing.ts'
import { type AdminKey, adminKeyFor } from './admin-key.ts'
import { allowedOrigins } from './allowed-origins.ts'
import { wholeNumber } from './arguments.ts'
import { billingOptions } from './billing-options.ts'
import { type CliContext, print } from './context.ts'
import { addEngineOptions, type EngineCommandOptions, engineOptions } from './database-options.ts'
import { DEMO_DEFAULTS } from './demo.ts'
import { errorHook } from './error-hook.ts'
import { mailOptions } from './mail-options.ts'
import { mcpOptions } from './mcp-options.ts'
import type { CommandFactory } from './program.ts'
import { scheduleOptions } from './schedule-options.ts'
import { type Shutdown, watchForShutdown } from './shutdown.ts'
import { addSignInOptions, type SignInOptions, signInOptions } from './sign-in-options.ts'
import { consoleUrl, demoHints, hints } from './start-hints.ts'
import { warnOfUnknown } from './unknown-variables.ts'
import { webhookOptions } from './webhook-options.ts'
import { workflowsOf } from './workflow-module.ts'

interface StartOptions extends EngineCommandOptions, SignInOptions {
  readonly port: number
  readonly host: string
  readonly demo?: boolean
  readonly drain?: number
  readonly workflows?: string
}

/**
 * Longer than load balancers need to notice a stop, with their default probes every few seconds.
 */
const DRAIN_SECONDS = 5

export const startCommand: CommandFactory = (context, action) =>
  addSignInOptions(addEngineOptions(new Command('start')))
    .description('serve Tollgate over HTTP')
    .option(
      '--port <port>',
      'the port to listen on; 0 for any free one',
      wholeNumber(0, 65_535),
      4000,
    )
    .option('--host <host>', 'the address to listen on', '127.0.0.1')
    .option(
      '--demo',
      'with sample traffic, and an endpoint to try it from this machine without a key',
    )
    .option(
      '--drain <seconds>',
      'how long to keep serving after a stop request, while /readyz answers 503 (default: ' +
        `${DRAIN_SECONDS}, with --demo 0)`,
      wholeNumber(0, 3_600),
    )
    .option(
      '--workflows <module>',
      'an ES module whose default export is a list of workflows (default: only ' +
        'trial_onboarding)',
    )
    .action(action((options: StartOptions) => start(options, context)))

const start = async (options: StartOptions, context: CliContext): Promise<number> => {
  const drainMs = (options.drain ?? (options.demo ? 0 : DRAIN_SECONDS)) * 1_000
  const shutdown = watchForShutdown(context, drainMs)
  try {
    const { createTollgate } = await import('../index.ts')
    const { serverLog } = await import('./server-log.ts')
    const { serverJournal } = await import('./server-journal.ts')
    const log = serverLog(context)
    warnOfUnknown(context)
    const asked = await engineOptions(options, context.env)
    const signIn = {
      ...signInOptions(options, context.env),
      allowedOrigins: allowedOrigins(context.env),
      ...mcpOptions(context.env),
    }
    const telling = { ...webhookOptions(context.env), ...mailOptions(context.env) }
    const billing = { ...billingOptions(context.env), ...scheduleOptions(context.env), ...telling }
    const journal = await serverJournal(asked, log)
    const hosted = {
      ...(await errorHook(context)),
      workflows: await workflowsOf(options.workflows),
    }
    const tollgate = await createTollgate({ ...asked, ...billing, ...journal, ...hosted, log })
    try {
      const adminKey = await adminKeyFor(asked.database, context)
      if (options.demo) await fillForDemo(tollgate, shutdown, context)
      if (!shutdown.signal.aborted) {
        await serve({ tollgate, adminKey, signIn, options, log, shutdown, drainMs, context })
      }
    } finally {
      await tollgate.close()
    }
    print(context.stderr, 'Stopped: everything that was accepted is written.')
    return 0
  } finally {
    shutdown.dispose()
  }
}

const fillForDemo = async (
  tollgate: TollgateEngine,
  { signal }: Shutdown,
  { now, stderr }: CliContext,
): Promise<void> => {
  const { ensureDemo } = await import('../engine/demo/ensure-demo.ts')
  const onProgress = (day: number): void => {
    if (day === 1)
      print(stderr, 'Filling the database with sample traffic: this takes a few seconds.')
  }
  await ensureDemo(tollgate, { ...DEMO_DEFAULTS, now: now(), signal, onProgress })
}

/** Serves until a stop is requested. Resolves when every request under way has its answer. */
const serve = async (parts: {
  readonly tollgate: TollgateEngine
  readonly adminKey: AdminKey | undefined
  readonly signIn: ReturnType<typeof signInOptions> &
    ReturnType<typeof mcpOptions> & { readonly allowedOrigins: readonly string[] }
  readonly options: StartOptions
  readonly log: { error(fields: object, message: string): void }
  readonly shutdown: Shutdown
  readonly drainMs: number
  readonly context: CliContext
}): Promise<void> => {
  const { tollgate, adminKey, signIn, options, log, shutdown, drainMs, context } = parts
  const { createHandler, createSignInCodes } = await import('../server.ts')
  const { createClientAddresses, listen } = await import('../http/listen.ts')
  const { createDemoMode } = await import('../engine/demo/demo-mode.ts')
  const clientAddresses = createClientAddresses()
  const signInCodes = createSignInCodes()
  const handler = createHandler(tollgate, {
    ...signIn,
    adminKey: adminKey?.key,
    clientAddress: clientAddresses.of,
    signInCodes,
    log,
    stopping: shutdown.signal,
    ...(options.demo && { demo: createDemoMode(tollgate) }),
  })
  const { host, port } = options
  const stopping = shutdown.signal
  const listener = await listen(handler, { host, port, clientAddresses, stopping })
  const more = options.demo ? demoHints(listener.url, adminKey) : []
  const { person } = context
  // The output of a host's own server is stored in logs, which must not contain a code.
  const isForPerson = options.demo || person !== undefined
  const page = isForPerson ? consoleUrl(listener.url, signInCodes.issue) : undefined
  if (page !== undefined) print(context.stdout, `Console ${page}`)
  print(context.stdout, `tollgate listening on ${listener.url}`, ...more)
  if (!options.demo) print(context.stderr, ...hints(listener.url, adminKey))
  const stopOffering = offerToShow(page, context)
  await shutdown.asked
  stopOffering()
  await drained(drainMs, context)
  print(context.stderr, 'Stopping: no new connections; requests under way are answered.')
  // Live streams would otherwise never end.
  plumbingOf(tollgate).endLive()
  await listener.close()
}

/** Opens the console when Enter is pressed. Only a person at a terminal is asked. */
const offerToShow = (page: string | undefined, { person, stdout }: CliContext): (() => void) => {
  if (page === undefined || person === undefined) return () => {}
  print(stdout, '', 'Press Enter to open the console.')
  return person.onEnter(() => person.show(page))
}

/** Keeps serving until load balancers have noticed the stop. */
const drained = async (drainMs: number, context: CliContext): Promise<void> => {
  if (drainMs === 0) return
  print(
    context.stderr,
    `Stopping: /readyz answers 503, and serving continues for ${drainMs / 1_000} s. Press ` +
      'Ctrl-C again to stop at once.',
  )
  await new Promise<void>((resolve) => context.after(drainMs, resolve))
}
