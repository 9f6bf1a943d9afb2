import type { CallOptions } from '../contract/call.ts'
import type { RecordResult } from '../contract/decision.ts'
import type { Call } from '../contract/usage.ts'
import { systemTimers } from '../facade/timers.ts'
import { allowedAway, refusedAway } from './answers-away.ts'
import { requireKeyId } from './api-key-id.ts'
import type { ClientOptions } from './create-client.ts'
import { LocalHolds, type NamedReservation, NOTHING_HELD } from './local-holds.ts'
import type { responseOf } from './transport.ts'
import { UseQueue } from './use-queue.ts'
import { type DecideHere, WhileAway } from './while-away.ts'

/** Calls an operation by name. */
export type Ask = (name: string, input: unknown, options: CallOptions) => Promise<unknown>

/** The parts of the client that the queue uses. */
interface ClientParts {
  readonly ask: Ask
  readonly responseOf: typeof responseOf
}

/** Calls one of the gate's verbs. */
type Verb = (input: never, options: CallOptions) => unknown

/** Creates the parts of a client that need a queue. Loaded on first use. */
export const createKeptUse = (
  { batch = {}, organizationId, ...options }: ClientOptions,
  { ask, responseOf: infoOf }: ClientParts,
) => {
  const clock = options.clock ?? { now: () => new Date(), after: systemTimers.after }
  const queue: UseQueue = new UseQueue({
    options: batch,
    clock,
    record: (events, given) => ask('record', events, given) as Promise<RecordResult>,
    onRecorded: () => away.isBack(),
  })
  const away = new WhileAway({
    clock,
    queue,
    ask,
    onFailureOf: (answer) => infoOf(answer)?.onFailure,
  })
  const holds = new LocalHolds({
    clock,
    queue,
    ask,
    isOpen: (call, given) => away.isOpen('reserve', call, given),
  })
  const named = (input: Call, given: CallOptions): NamedReservation => {
    requireKeyId(given)
    return {
      ...input,
      organizationId: input.organizationId ?? organizationId,
      id: input.id ?? given.idempotencyKey ?? crypto.randomUUID(),
    }
  }
  const trackHere =
    (call: NamedReservation, { apiKeyId }: CallOptions): DecideHere =>
    (isOpen, waitMs) => {
      const timestamp = call.timestamp ?? clock.now().toISOString()
      const isKept =
        isOpen && queue.keep({ text: JSON.stringify({ ...call, timestamp }), apiKeyId })
      return isKept ? allowedAway(call.id, call.id) : refusedAway(call.id, waitMs)
    }
  const verbs: Readonly<Record<string, Verb>> = {
    track: (input: Call, given) => {
      const call = named(input, given)
      return away.decide('track', call, given, trackHere(call, given))
    },
    reserve: (input: Call, given) => {
      const call = named(input, given)
      return (
        holds.replay(call) ??
        away.decide('reserve', call, given, (isOpen, waitMs) =>
          isOpen && queue.hasRoom
            ? holds.open(call, given, waitMs)
            : { ...refusedAway(call.id, waitMs), ...NOTHING_HELD },
        )
      )
    },
    extend: (input, given) => holds.extend(input, given),
    settle: (input) => holds.settle(input),
    release: (input) => holds.release(input),
  }
  return {
    queue,
    enqueue: async (input: Call, given: CallOptions = {}): Promise<void> => {
      const timestamp = input.timestamp ?? clock.now()
      await queue.add({ ...named(input, given), timestamp }, given.apiKeyId)
    },
    /** Calls an operation by the policy of its limits. */
    call: async (name: string, input: unknown, given: CallOptions): Promise<unknown> =>
      (await verbs[name]?.(input as never, given)) ?? ask(name, input, given),
  }
}
