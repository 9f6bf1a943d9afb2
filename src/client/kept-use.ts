import type { CallOptions } from '../contract/call.ts'
import type { RecordResult } from '../contract/decision.ts'
import type { Call } from '../contract/usage.ts'
import type { Timers } from '../facade/timers.ts'
import { requireKeyId } from './api-key-id.ts'
import type { ClientOptions } from './create-client.ts'
import type { responseOf } from './transport.ts'
import { UseQueue } from './use-queue.ts'
import { WhileAway } from './while-away.ts'

/** Calls an operation by name. */
export type Ask = (name: string, input: unknown, options: CallOptions) => Promise<unknown>

/** The parts of the client that the queue uses. */
interface ClientParts {
  readonly ask: Ask
  readonly responseOf: typeof responseOf
  readonly timers: Timers
}

/** Creates the parts of a client that need a queue. Loaded on first use. */
export const createKeptUse = (
  { batch = {}, organizationId, ...options }: ClientOptions,
  { ask, responseOf: infoOf, timers }: ClientParts,
) => {
  const clock = options.clock ?? { now: () => new Date(), after: timers.after }
  const queue: UseQueue = new UseQueue({
    options: batch,
    clock,
    record: (events, given) => ask('record', events, given) as Promise<RecordResult>,
    onRecorded: () => away.isBack(),
  })
  const away = new WhileAway({
    clock,
    queue,
    track: (input, given) => ask('track', input, given) as never,
    onFailureOf: (answer) => infoOf(answer)?.onFailure,
  })
  const named = (input: Call, options: CallOptions) => {
    requireKeyId(options)
    return {
      ...input,
      organizationId: input.organizationId ?? organizationId,
      id: input.id ?? options.idempotencyKey ?? crypto.randomUUID(),
    }
  }
  return {
    queue,
    enqueue: async (input: Call, given: CallOptions = {}): Promise<void> => {
      const timestamp = input.timestamp ?? clock.now()
      await queue.add({ ...named(input, given), timestamp }, given.apiKeyId)
    },
    track: async (input: Call, given: CallOptions) => away.track(named(input, given), given),
  }
}

export type KeptUse = ReturnType<typeof createKeptUse>
