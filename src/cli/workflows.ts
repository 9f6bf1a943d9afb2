import { Command, InvalidArgumentError, Option } from 'commander'
import type { Tollgate } from '../contract/tollgate.ts'
import type { WorkflowRun, WorkflowRunDetail } from '../contract/workflows.ts'
import { wholeNumber } from './arguments.ts'
import { type CliContext, print } from './context.ts'
import {
  addStoredEngineOptions,
  type EngineCommandOptions,
  withStoredCatalogs,
} from './database-options.ts'
import { withEngine } from './open-engine.ts'
import type { CommandFactory } from './program.ts'
import { connectToServer, orAskServer, type ServerOptions } from './server-connection.ts'

type PlaceOptions = EngineCommandOptions & ServerOptions

interface ListOptions extends PlaceOptions {
  readonly workflow?: string
  readonly state?: WorkflowRun['state']
  readonly organization?: string
  readonly limit: number
}

interface StartOptions extends PlaceOptions {
  readonly organization?: string
  readonly input?: Record<string, unknown>
  readonly id?: string
}

interface SteerOptions extends PlaceOptions {
  readonly reason?: string
}

type Steering = 'pause' | 'resume' | 'rollback' | 'retry' | 'cancel'

const STEERINGS: Readonly<Record<Steering, string>> = {
  pause: 'pause a run after the current step',
  resume: 'resume a paused run',
  rollback: 'undo the finished steps, the last first',
  retry: 'retry the step of a stuck run now',
  cancel: 'end a run as it is, and undo nothing',
}
const STATES: readonly WorkflowRun['state'][] = [
  ...(['running', 'waiting', 'undoing', 'paused'] as const),
  ...(['stuck', 'done', 'undone', 'canceled'] as const),
]
const ACTING = { actor: 'cli' }

export const workflowsCommand: CommandFactory = (context, action) => {
  const command = new Command('workflows')
    .description('list, start and control runs of workflows')
    .addCommand(
      placed('list', 'print one run a line as JSON, latest first')
        .option('--workflow <name>', 'only this workflow')
        .addOption(new Option('--state <state>', 'only in this state').choices(STATES))
        .option('--organization <id>', 'only this organization')
        .option('--limit <n>', 'the number of runs', wholeNumber(1, 10_000), 50)
        .action(action((options: ListOptions) => list(options, context))),
    )
    .addCommand(
      placed('show', 'print a run with its input and steps')
        .argument('<run>', 'the id of the run')
        .action(action((runId: string, options: PlaceOptions) => show(runId, options, context))),
    )
    .addCommand(
      placed('start', 'start a run, which a server executes')
        .argument('<workflow>', 'such as trial_onboarding')
        .option('--organization <id>', 'the organization of the run; it need not exist yet')
        .option('--input <json>', 'the input of the workflow, as a JSON object', jsonObject)
        .option('--id <key>', 'the idempotency key: repeating it starts no second run')
        .action(action((name: string, options: StartOptions) => start(name, options, context))),
    )
  for (const [verb, does] of Object.entries(STEERINGS)) {
    command.addCommand(
      placed(verb, does)
        .argument('<run>', 'the id of the run')
        .option('--reason <text>', 'the reason, for the audit log')
        .action(
          action((runId: string, options: SteerOptions) =>
            steer(verb as Steering, runId, options, context),
          ),
        ),
    )
  }
  return command
}

const placed = (name: string, description: string): Command =>
  addStoredEngineOptions(new Command(name))
    .description(description)
    .option('--url <url>', 'work on this server instead of a database')
    .option('--key <key>', "the server's admin key (default: TOLLGATE_ADMIN_KEY)")

const jsonObject = (text: string): Record<string, unknown> => {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      return value as Record<string, unknown>
    }
  } catch {}
  throw new InvalidArgumentError('It must be a JSON object.')
}

const list = (options: ListOptions, context: CliContext): Promise<number> =>
  at(options, context, async ({ workflows }) => {
    const { workflow, state, organization: organizationId, limit } = options
    const filter = { workflow, state, organizationId, limit: Math.min(limit, 200) }
    let shown = 0
    for await (const run of workflows.list(filter)) {
      print(context.stdout, JSON.stringify(run))
      shown += 1
      if (shown === limit) return
    }
  })

const show = (runId: string, options: PlaceOptions, context: CliContext): Promise<number> =>
  at(options, context, async ({ workflows }) => {
    printRun(await workflows.get({ runId }, ACTING), context)
  })

const start = (workflow: string, options: StartOptions, context: CliContext): Promise<number> =>
  at(options, context, async ({ workflows }) => {
    const { organization: organizationId, input, id } = options
    const wanted = {
      workflow,
      ...(organizationId !== undefined && { organizationId }),
      ...(input && { input }),
      ...(id !== undefined && { id }),
    }
    printRun(await workflows.start(wanted, ACTING), context)
  })

const steer = (
  verb: Steering,
  runId: string,
  { reason, ...options }: SteerOptions,
  context: CliContext,
): Promise<number> =>
  at(options, context, async ({ workflows }) => {
    const wanted = { runId, ...(reason !== undefined && { reason }) }
    printRun(await workflows[verb](wanted, ACTING), context)
  })

const printRun = (run: WorkflowRunDetail, { stdout }: CliContext): void =>
  print(stdout, JSON.stringify(run, null, 2))

/** Works on the server or in the database that the options name. */
const at = async (
  options: PlaceOptions,
  context: CliContext,
  work: (tollgate: Pick<Tollgate, 'workflows'>) => Promise<void>,
): Promise<number> => {
  if (options.url !== undefined) await work(await connectToServer(options.url, options, context))
  else await withEngine(withStoredCatalogs(options), context, work).catch(orAskServer)
  return 0
}
