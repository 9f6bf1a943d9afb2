import type { Poster } from '../connectors/outbound/guarded-post.ts'
import { onEvents } from '../storage/changes.ts'
import { mailSender } from './channels/send-mail.ts'
import { slackSender } from './channels/send-slack.ts'
import { channelServer, type MessageSender } from './channels/serve-channel.ts'
import type { Context } from './context.ts'
import { PROCESS_JOBS } from './jobs/job-table.ts'
import { tellsOfFailures } from './jobs/told-failures.ts'
import { observedMessages, observedSend } from './telemetry/observed-senders.ts'
import { auditRules } from './webhooks/audit-rules.ts'
import { createDeliveryBatches, type DeliveryBatches } from './webhooks/delivery-batches.ts'
import { Dispatcher, type Serve } from './webhooks/dispatcher.ts'
import { webhookSender } from './webhooks/send-webhook.ts'
import { MOST_FETCHED, webhookServer } from './webhooks/serve-webhook.ts'

const STOP_WITHIN_MS = 5_000
const { name, does, everyMs: LOOK_EVERY_MS } = PROCESS_JOBS.deliveries
const DISPATCH = {
  name,
  does,
  catchUp: null,
  isShared: false,
  schedule: `every ${LOOK_EVERY_MS / 1_000} s, and when something has happened`,
} as const

/** The sending part of this process. */
export interface Dispatching {
  /** Sends everything that is due now, and waits for it. */
  readonly finish: () => Promise<void>
  readonly stop: () => Promise<void>
}

/**
 * Starts sending events to endpoints and channels. Notifications of the database only speed it up;
 * it checks every second in any case. Undefined if this process does not send.
 */
export const startDispatching = async (ctx: Context): Promise<Dispatching | undefined> => {
  const { delivers, timeoutMs, ...rules } = ctx.outbound
  if (!delivers) return undefined
  await auditRules(ctx)
  // Loaded only where something is sent.
  const { createPoster } = await import('../connectors/outbound/guarded-post.ts')
  const poster = createPoster({ rules, timeoutMs, now: ctx.clock.now })
  const batches = createDeliveryBatches(ctx, MOST_FETCHED)
  const dispatcher = new Dispatcher(ctx, batches, await serving(ctx, batches, poster))
  const entry = ctx.jobs.open(DISPATCH)
  const failures = tellsOfFailures(ctx, name)
  let isStopped = false
  let cancel = () => {}
  const look = (): void => {
    if (isStopped) return
    entry
      .run(async () => void (await dispatcher.look()))
      .then(failures.worked, (error: unknown) => {
        ctx.log.warn({ error }, 'deliveries could not be looked for; trying again later')
        return failures.failed(error)
      })
  }
  const again = (): void => {
    if (isStopped) return
    entry.due(new Date(ctx.clock.now().getTime() + LOOK_EVERY_MS))
    cancel = ctx.clock.after(LOOK_EVERY_MS, () => {
      look()
      again()
    })
  }
  const stopListening = await onEvents(ctx.db, look)
  again()
  return {
    finish: () => dispatcher.finish(),
    stop: async () => {
      isStopped = true
      cancel()
      await stopListening()
      await dispatcher.stop(STOP_WITHIN_MS)
      await poster.close()
    },
  }
}

/**
 * The sender for the endpoints of each channel. The mail sender is loaded only if there is a
 * server.
 */
const serving = async (
  ctx: Context,
  batches: DeliveryBatches,
  poster: Pick<Poster, 'post'>,
): Promise<ReadonlyMap<string, Serve>> => {
  const { mail } = ctx.channels
  const observed = (channel: string, sender: MessageSender) =>
    observedMessages(ctx.measures, channel, sender)
  const { postToSlack } = await import('../connectors/slack/send.ts')
  const all = new Map<string, Serve>([
    [
      'webhook',
      webhookServer(ctx, batches, observedSend(ctx.measures, webhookSender(ctx, poster))),
    ],
    ['slack', channelServer(ctx, observed('slack', slackSender(ctx, postToSlack, poster)))],
  ])
  if (!mail) return all
  const { createMailer } = await import('../connectors/mail/mailer.ts')
  const { mailText } = await import('../connectors/mail/mail-text.ts')
  return all.set(
    'email',
    channelServer(ctx, observed('email', mailSender(ctx, createMailer(mail), mailText))),
  )
}
