import { onEvents } from '../../storage/changes.ts'
import type { Context } from '../context.ts'
import { observedSenders } from '../telemetry/observed-senders.ts'
import { auditRules } from './audit-rules.ts'
import { Dispatcher } from './dispatcher.ts'
import { webhookSender } from './send-webhook.ts'

const LOOK_EVERY_MS = 1_000
const STOP_WITHIN_MS = 5_000
const DISPATCH = {
  name: 'send-deliveries',
  does: 'Tells endpoints of events, and tries again what failed.',
  schedule: `every ${LOOK_EVERY_MS / 1_000} s, and when something has happened`,
  isShared: false,
} as const

/** What sends, in this process. */
export interface Dispatching {
  /** Sends everything that is due now, and waits for it. */
  readonly finish: () => Promise<void>
  readonly stop: () => Promise<void>
}

/**
 * Begins to tell endpoints of events. That something happened is heard from the database; that is a
 * hint, and looking each second is what is relied on. Undefined where this process tells nobody.
 */
export const startDispatching = async (ctx: Context): Promise<Dispatching | undefined> => {
  const { delivers, timeoutMs, ...rules } = ctx.outbound
  if (!delivers) return undefined
  await auditRules(ctx)
  // Loaded where something is sent, and nowhere else.
  const { createPoster } = await import('../../connectors/outbound/guarded-post.ts')
  const poster = createPoster({ rules, timeoutMs, now: ctx.clock.now })
  const senders = new Map([['webhook', webhookSender(ctx, poster)]])
  const dispatcher = new Dispatcher(ctx, observedSenders(ctx.measures, senders))
  const entry = ctx.jobs.open(DISPATCH)
  let isStopped = false
  let cancel = () => {}
  const look = (): void => {
    if (isStopped) return
    entry
      .run(async () => void (await dispatcher.look()))
      .catch((error: unknown) => {
        ctx.log.warn({ error }, 'deliveries could not be looked for; trying again later')
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
