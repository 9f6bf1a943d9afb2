import { Command } from 'commander'
import type { Drift, Reconciliation } from '../contract/stripe.ts'
import { instant } from './arguments.ts'
import { billingOptions } from './billing-options.ts'
import { type CliContext, print } from './context.ts'
import {
  addStoredEngineOptions,
  type EngineCommandOptions,
  withStoredCatalogs,
} from './database-options.ts'
import { CliFailure } from './failure.ts'
import { counted, formatCount } from './numbers.ts'
import { openEngine } from './open-engine.ts'
import type { CommandFactory } from './program.ts'

interface ReconcileOptions extends EngineCommandOptions {
  readonly from?: Date
  readonly to?: Date
  readonly org?: string
  readonly json?: boolean
}

interface CollectOptions extends EngineCommandOptions {
  readonly collectSince: Date
  readonly org?: string
  readonly dryRun?: boolean
  readonly json?: boolean
}

export const stripeCommand: CommandFactory = (context, action) =>
  new Command('stripe')
    .description('compare with Stripe, and collect what was billed before Stripe was configured')
    .addCommand(
      addStoredEngineOptions(new Command('reconcile'))
        .description(
          'compare every charge with its item at Stripe, both ways; exits with 1 on differences',
        )
        .option(
          ...([
            '--from <time>',
            'what was stored at or after this time (default: 35 days ago)',
          ] as const),
          instant,
        )
        .option('--to <time>', 'what was stored before this time (default: now)', instant)
        .option('--org <id>', 'only this organization')
        .option('--json', 'print the result as one JSON object')
        .action(action((options: ReconcileOptions) => reconcile(options, context))),
    )
    .addCommand(
      addStoredEngineOptions(new Command('collect'))
        .description('queue what was billed without a key; the next run collects it')
        .requiredOption(
          '--collect-since <time>',
          'periods that ended at or after this time',
          instant,
        )
        .option('--org <id>', 'only this organization')
        .option('--dry-run', 'only report, change nothing')
        .option('--json', 'print the result as one JSON object')
        .action(action((options: CollectOptions) => collect(options, context))),
    )

/** Prints differences as they are found, without a limit. */
const reconcile = async (options: ReconcileOptions, context: CliContext): Promise<number> => {
  const billing = billingOptions(context.env)
  if (!billing.stripe)
    throw new CliFailure('Set STRIPE_SECRET_KEY to the key of the Stripe account.')
  const { from, to, org: organizationId, json = false } = options
  const tollgate = await openEngine(withStoredCatalogs(options), context, billing)
  try {
    const found = await tollgate.stripe.reconcile(
      {
        ...(from && { from: from.toISOString() }),
        ...(to && { to: to.toISOString() }),
        ...(organizationId !== undefined && { organizationId }),
      },
      json ? {} : { onDrift: (drift) => print(context.stdout, driftLine(drift)) },
    )
    print(context.stdout, ...(json ? [JSON.stringify(found)] : summaryLines(found)))
    return found.clean ? 0 : 1
  } finally {
    await tollgate.close()
  }
}

const collect = async (options: CollectOptions, context: CliContext): Promise<number> => {
  const billing = billingOptions(context.env)
  if (!billing.stripe)
    throw new CliFailure('Set STRIPE_SECRET_KEY to the key of the Stripe account.')
  const { collectSince, org: organizationId, dryRun = false, json = false } = options
  const tollgate = await openEngine(withStoredCatalogs(options), context, billing)
  try {
    const found = await tollgate.stripe.collectSince(
      {
        since: collectSince.toISOString(),
        ...(organizationId !== undefined && { organizationId }),
        ...(dryRun && { dryRun }),
      },
      { actor: 'cli' },
    )
    const { invoices, charges, amount, currency } = found
    const what =
      `${counted(charges, 'charge')} of ${counted(invoices, 'invoice')}, ` +
      `${amount} ${currency} together`
    const line = dryRun ? `To be collected: ${what}.` : `The next run collects ${what}.`
    print(context.stdout, json ? JSON.stringify(found) : line)
    return 0
  } finally {
    await tollgate.close()
  }
}

const driftLine = ({ kind, organizationId, key, stripeId, here, atStripe }: Drift): string => {
  const where = [organizationId, key, stripeId].filter((part) => part !== null).join(', ')
  const sides = [here && `here ${here}`, atStripe && `at Stripe ${atStripe}`].filter(Boolean)
  return `${kind}: ${where} (${sides.join('; ')})`
}

const summaryLines = (found: Reconciliation): readonly string[] => {
  const { organizations, charges, uses, clean, counts } = found
  const kinds = Object.entries(counts).filter(([, count]) => count > 0)
  return [
    `Compared ${counted(organizations, 'organization')} from ${found.from} to ${found.to}: ` +
      `${counted(charges, 'charge')} and ${formatCount(uses)} closed hours or days of use agree.`,
    clean
      ? 'Nothing differs.'
      : `Differences: ${kinds.map(([kind, count]) => `${kind} ${formatCount(count)}`).join(', ')}.`,
  ]
}
