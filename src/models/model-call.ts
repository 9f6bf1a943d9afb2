import type { HoldSettlement, RunHold } from '../contract/hold.ts'
import type { Reservation } from '../contract/tollgate.ts'
import { TollgateRefusal } from '../decision/refusal.ts'
import { type Cover, coverOf, leftOf } from './cover.ts'
import { type ModelGate, type ModelMeterOptions, whoCalls } from './meter-options.ts'
import type { ModelUsage } from './usage/amounts.ts'

const OUTPUT_TOKENS = 1_000
/**
 * How long a hold lasts if its process dies. A living process extends it while the model writes.
 */
const EXPIRES_IN_MS = 120_000
/** A shorter answer would be useless. */
const LEAST_OUTPUT_TOKENS = 16

/** One call of a model, before it is made. */
export interface ModelRequest {
  readonly provider: string
  readonly model: string
  /** An estimate. */
  readonly inputTokens: number
  /** The caller's own limit on output tokens. */
  readonly maxOutputTokens?: number | undefined
  /** True: the output arrives in pieces, so the hold may grow meanwhile. */
  readonly isStreamed: boolean
  /** True: no output tokens, as for embeddings. */
  readonly isWithoutOutput?: boolean
}

/** How a call of a model ended. */
export type ModelEnding = 'success' | 'abort' | 'error'

/** A call of a model that is under way, and its hold. */
export interface ModelCall {
  readonly request: ModelRequest
  readonly hold: RunHold
  readonly cover: Cover
  /** The output limit to send: the caller's, and no more than the allowance has left. */
  readonly mostOutputTokens: number | undefined
  /** Records the usage so far, in case nothing later is reported. */
  readonly used: (usage: ModelUsage, isEstimate: boolean) => void
  /** Clears the usage: nothing was used after all. */
  readonly forget: () => void
  /**
   * Settles the call, or releases it if it failed without usage. A repeated call does nothing.
   * Never rejects.
   */
  readonly end: (ending: ModelEnding) => Promise<void>
}

/**
 * Reserves what a call of a model needs.
 *
 * @throws TollgateRefusal when the gate refuses.
 */
export const openModelCall = async (
  gate: ModelGate,
  options: ModelMeterOptions,
  request: ModelRequest,
): Promise<ModelCall> => {
  const step = options.outputTokens ?? OUTPUT_TOKENS
  const wanted = request.isWithoutOutput ? 0 : Math.min(request.maxOutputTokens ?? step, step)
  const call = {
    ...whoCalls(options),
    eventType: options.eventType,
    provider: request.provider,
    model: request.model,
    inputTokens: request.inputTokens,
    ...(options.sessionId !== undefined && { sessionId: options.sessionId }),
    ...(options.properties && { properties: options.properties }),
    expiresInMs: options.expiresInMs ?? EXPIRES_IN_MS,
  }
  const { hold, settled, finish, first } = await openedWith(gate, call, wanted, options)
  const cover = coverOf(hold, first, step)
  const left = leftOf(hold)
  const most = request.maxOutputTokens
  // An answer that arrives at once cannot be cut, so its whole possible length is held first.
  if (!request.isStreamed && most !== undefined && !request.isWithoutOutput) await cover.fill(most)
  let isOver = false
  return {
    request,
    hold,
    cover,
    mostOutputTokens: mostOf(request, cover, first, left),
    forget: () => hold.used(undefined),
    used: (usage, isEstimate) => hold.used(settlementOf(usage, request, options, isEstimate)),
    end: async (ending) => {
      if (isOver) return settled
      isOver = true
      finish(ending)
      await settled
    },
  }
}

const mostOf = (
  { isStreamed, isWithoutOutput, maxOutputTokens }: ModelRequest,
  cover: Cover,
  first: number,
  left: number | undefined,
): number | undefined => {
  if (isWithoutOutput) return undefined
  if (!isStreamed && maxOutputTokens !== undefined) {
    return Math.min(maxOutputTokens, cover.outputTokens())
  }
  return left === undefined ? maxOutputTokens : Math.min(maxOutputTokens ?? Infinity, first + left)
}

/** Refusals after which a smaller hold may still be allowed. */
const LEAVES_SOME: ReadonlySet<string> = new Set(['limit_exceeded', 'budget_exceeded'])

/** Holds less if less is left, as long as it allows a useful answer. */
const openedWith = async (
  gate: ModelGate,
  call: Reservation & { readonly inputTokens: number },
  wanted: number,
  options: ModelMeterOptions,
) => {
  try {
    const run = await opened(gate, { ...call, outputTokens: wanted }, options)
    return { ...run, first: wanted }
  } catch (error) {
    if (!(error instanceof TollgateRefusal) || !LEAVES_SOME.has(error.decision.reason)) throw error
    const first = (leftOf(error.decision) ?? 0) - call.inputTokens
    if (first < LEAST_OUTPUT_TOKENS || first >= wanted) throw error
    const run = await opened(gate, { ...call, outputTokens: first }, options)
    return { ...run, first }
  }
}

/** Opens a `run` whose work ends when `finish` is called. */
const opened = async (gate: ModelGate, call: Reservation, options: ModelMeterOptions) => {
  let finish: (ending: ModelEnding) => void = () => {}
  const over = new Promise<void>((succeed, fail) => {
    finish = (ending) => {
      if (ending === 'success') succeed()
      else if (ending === 'abort') fail(new DOMException('the reader disconnected', 'AbortError'))
      else fail(new Error('the model failed'))
    }
  })
  let run: Promise<void> = Promise.resolve()
  const hold = await new Promise<RunHold>((begin, refuse) => {
    run = gate.run(
      call,
      (hold) => {
        begin(hold)
        return over
      },
      {
        ...options.call,
        onEnd: (state) => {
          if (state) options.onUsage?.(state.usage)
        },
      },
    )
    run.catch(refuse)
  })
  return { hold, finish, settled: run.catch(() => {}) }
}

/**
 * Builds the settlement. There is no field for the tier, so it is stored in the event's properties.
 */
const settlementOf = (
  { tier, model, ...amounts }: ModelUsage,
  request: ModelRequest,
  { properties }: ModelMeterOptions,
  isEstimate: boolean,
): HoldSettlement => ({
  ...amounts,
  ...(model !== undefined && model !== request.model && { model }),
  ...(tier !== undefined && tier !== 'default' && { properties: { ...properties, tier } }),
  ...(isEstimate && { estimated: true }),
})
