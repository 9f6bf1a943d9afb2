import type { TollgateEngine } from '../contract/tollgate.ts'
import type { Log, TollgateOptions } from '../engine/options.ts'
import { type CliContext, print } from './context.ts'
import { type EngineCommandOptions, engineOptions } from './database-options.ts'
import { mailOptions } from './mail-options.ts'
import { redactor } from './redact.ts'
import { webhookOptions } from './webhook-options.ts'

/** Settings that a command makes itself; a user has no option for them. */
export interface EngineNeeds
  extends Pick<TollgateOptions, 'modelPrices' | 'recorder' | 'billing' | 'stripe'> {
  /** Makes a database where there is none. Without it a wrong path is refused, and nothing is made. */
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
  // The rules of the server hold here as well; to send is for the server.
  const webhooks = { ...webhookOptions(context.env).webhooks, deliver: false }
  const { trialOnboarding } = await import('../workflows/trial-onboarding/trial-onboarding.ts')
  return createTollgate({
    // What is started here is done by the server.
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

/** Opens the engine, does the work, and closes it, whatever came of the work. */
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

/** What the engine tells, as lines on stderr; what is only for information is left out. */
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
