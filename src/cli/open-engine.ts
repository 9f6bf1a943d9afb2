import type { TollgateEngine } from '../contract/tollgate.ts'
import type { Log, TollgateOptions } from '../engine/options.ts'
import { type CliContext, print } from './context.ts'
import { type EngineCommandOptions, engineOptions } from './database-options.ts'
import { mailOptions } from './mail-options.ts'
import { redactor } from './redact.ts'
import { webhookOptions } from './webhook-options.ts'

/** Settings that commands choose themselves, without an option for the user. */
export interface EngineNeeds
  extends Pick<TollgateOptions, 'modelPrices' | 'recorder' | 'billing' | 'stripe'> {
  /** Creates a missing database. Without it, a wrong path is refused. */
  readonly creates?: boolean
}

/** Opens the engine that a command's options describe. */
export const openEngine = async (
  options: EngineCommandOptions,
  context: CliContext,
  { creates = false, ...more }: EngineNeeds = {},
): Promise<TollgateEngine> => {
  const asked = await engineOptions(options, context.env)
  const { createTollgate } = await import('../engine/create-tollgate.ts')
  // The server's rules for endpoints apply here too, but only the server sends.
  const webhooks = { ...webhookOptions(context.env).webhooks, deliver: false }
  const { trialOnboarding } = await import('../workflows/trial-onboarding/trial-onboarding.ts')
  return createTollgate({
    // Runs that are started here are executed by the server.
    workflows: [trialOnboarding()],
    onlyStartsWorkflows: true,
    ...asked,
    webhooks,
    ...mailOptions(context.env),
    ...more,
    mustExist: !creates,
    log: lineLog(context),
  })
}

/** Opens the engine, runs the work, and always closes the engine. */
export const withEngine = async <Result>(
  options: EngineCommandOptions,
  context: CliContext,
  work: (tollgate: TollgateEngine) => Promise<Result>,
  needs: EngineNeeds = {},
): Promise<Result> => {
  const tollgate = await openEngine(options, context, needs)
  try {
    return await work(tollgate)
  } finally {
    await tollgate.close()
  }
}

/** Prints the engine's warnings and errors on stderr, and drops information. */
const lineLog = ({ stderr, env }: CliContext): Log => {
  const redacted = redactor(env)
  const line = (level: string) => (fields: object, message: string) =>
    print(stderr, redacted(`${level}: ${message}${detailOf(fields)}`))
  return { info: () => undefined, warn: line('warning'), error: line('error') }
}

const detailOf = (fields: object): string => {
  const shown = Object.entries(fields).map(([name, value]) => `${name}: ${textOf(value)}`)
  return shown.length === 0 ? '' : ` (${shown.join(', ').slice(0, 1_000)})`
}

const textOf = (value: unknown): string => {
  if (value instanceof Error) return value.message
  if (typeof value === 'bigint') return value.toString()
  return (
    JSON.stringify(value, (_, inner) => (typeof inner === 'bigint' ? inner.toString() : inner)) ??
    String(value)
  )
}
