import { stat } from 'node:fs/promises'
import { basename } from 'node:path'
import { Command } from 'commander'
import type { ModelPrice } from '../core/model-cost.ts'
import { appended } from './arguments.ts'
import { unreadable } from './catalog-files.ts'
import { type CliContext, print } from './context.ts'
import { addEngineOptions, type EngineCommandOptions } from './database-options.ts'
import { CliFailure } from './failure.ts'
import { counted } from './numbers.ts'
import { openEngine } from './open-engine.ts'
import type { CommandFactory } from './program.ts'
import { startProgress } from './progress.ts'
import type { RowOptions } from './replay/read-rows.ts'
import type { ReplayTarget } from './replay/replay-target.ts'
import { orAskServer, type ServerOptions } from './server-connection.ts'
import { onStopWish } from './shutdown.ts'

interface ReplayOptions extends EngineCommandOptions, ServerOptions, RowOptions {
  readonly modelPrice?: string
  readonly enforce?: boolean
  readonly json?: boolean
}

export const replayCommand: CommandFactory = (context, action) =>
  addEngineOptions(new Command('replay'))
    .description('send a file of past use through the ledger, or with --enforce through the gate')
    .argument(
      '<file.csv>',
      'one event a row, with a header; separated by commas, semicolons or tabs',
    )
    .requiredOption('--organization <id>', 'the organization of the events')
    .option('--plan <catalog/plan>', 'create the organization on this plan if it is missing')
    .requiredOption('--event <type>', 'the event type of every row')
    .option('--model <name>', 'the model of every row')
    .option('--provider <name>', 'the provider of the model')
    .option('--model-price <in/out>', 'US dollars per million tokens, such as 2.50/10.00')
    .option('--time <column>', 'the time, in UTC unless it has a zone, or seconds since 1970')
    .option('--input-tokens <column>', 'input tokens')
    .option('--output-tokens <column>', 'output tokens')
    .option('--quantity <meter=column>', 'the amount of a meter; repeatable', appended)
    .option('--user <column>', 'the user')
    .option('--column <field=column>', 'any other field of the event; repeatable', appended)
    .option('--property <name=column>', 'a property of the event; repeatable', appended)
    .option('--export <provider>', "the file is a provider's own export: openai")
    .option('--enforce', 'let the limits decide, in the order of the file')
    .option('--json', 'print the totals as one JSON object')
    .option('--url <url>', 'replay into this server instead of a database')
    .option('--key <key>', "the server's admin key (default: TOLLGATE_ADMIN_KEY)")
    .action(action((path: string, options: ReplayOptions) => replay(path, options, context)))

const replay = async (
  path: string,
  options: ReplayOptions,
  context: CliContext,
): Promise<number> => {
  const { size } = await stat(path).catch((error: unknown) => {
    throw unreadable(path, error)
  })
  const target = await openTarget(options, context)
  const stop = new AbortController()
  const unsubscribe = onStopWish(context, () => {
    if (stop.signal.aborted) context.exit(130)
    stop.abort()
  })
  const progress = await startProgress(context.stderr, { label: basename(path), total: size })
  try {
    const { ReplayTotals, summaryJson, summaryLines } = await import('./replay/replay-totals.ts')
    const { enforceRows, recordRows } = await import('./replay/replay-rows.ts')
    const { readRows } = await import('./replay/read-rows.ts')
    const totals = new ReplayTotals()
    const rows = readRows(path, options, target, { progress, stop: stop.signal })
    await (options.enforce ? enforceRows : recordRows)({ path, target, totals }, rows)
    progress.stop()
    const { summary } = totals
    print(context.stdout, ...(options.json ? [summaryJson(summary)] : summaryLines(summary)))
    if (summary.unpriced > 0n) warnOfUnpriced(summary.unpriced, options, context)
    if (!stop.signal.aborted) return 0
    print(context.stderr, 'Interrupted: run it again to continue where it stopped.')
    return 130
  } finally {
    progress.stop()
    unsubscribe()
    await target.close()
  }
}

const warnOfUnpriced = (events: bigint, { model }: ReplayOptions, { stderr }: CliContext): void => {
  const what = `${counted(events, 'event')} of ${model ?? 'some models'}`
  print(stderr, `warning: there is no price for ${what}: give one with --model-price.`)
}

const openTarget = async (options: ReplayOptions, context: CliContext): Promise<ReplayTarget> => {
  if (options.url === undefined) {
    const modelPrices = modelPricesOf(options)
    const needs = { modelPrices, creates: true }
    const tollgate = await openEngine(options, context, needs).catch(orAskServer)
    const { engineTarget } = await import('./replay/engine-target.ts')
    return engineTarget(tollgate, modelPrices)
  }
  if (options.modelPrice !== undefined) {
    throw new CliFailure('--model-price is not for --url: a server has its own prices.')
  }
  const { connectToServer } = await import('./server-connection.ts')
  const { serverTarget } = await import('./replay/server-target.ts')
  return serverTarget(await connectToServer(options.url, options, context))
}

const MODEL_PRICE = /^(\d+(?:\.\d+)?)\/(\d+(?:\.\d+)?)$/

const modelPricesOf = ({ model, modelPrice }: ReplayOptions): readonly ModelPrice[] => {
  if (modelPrice === undefined) return []
  if (model === undefined) throw new CliFailure('--model-price: also name the model with --model.')
  const [, inputUsdPerMillion, outputUsdPerMillion] = MODEL_PRICE.exec(modelPrice) ?? []
  if (inputUsdPerMillion === undefined || outputUsdPerMillion === undefined) {
    throw new CliFailure(
      `--model-price ${modelPrice}: must be US dollars per million tokens of input and of ` +
        'output, such as 2.50/10.00.',
    )
  }
  return [{ provider: '*', model, inputUsdPerMillion, outputUsdPerMillion }]
}
