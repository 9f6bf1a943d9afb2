import type { Budget, Budgets } from '../contract/budgets.ts'
import type { CallOptions, Replayable } from '../contract/call.ts'
import type { ReservationDecision } from '../contract/decision.ts'
import type { RunHold, RunOptions } from '../contract/hold.ts'
import { registriesOf } from '../contract/registries.ts'
import type { Caller, Reservation, Tollgate } from '../contract/tollgate.ts'
import type { LateSettlements } from './late-settlements.ts'
import { LazyPages } from './pages.ts'
import type { Timers } from './timers.ts'

/** The field of a page that contains its items; `undefined` if the answer is not a page. */
export type PageField = 'items' | 'events'

/** The parts from which the interface is built. */
export interface FacadeParts {
  /** Every operation by name, with the item field of its pages. */
  readonly names: Iterable<readonly [name: string, page: PageField | undefined]>
  readonly call: (name: string, input: unknown, options: CallOptions) => Promise<unknown>
  /** The organization of the caller, if known. */
  readonly organizationId: string | undefined
  readonly timers: Timers
  /** Settles the holds of runs. All libraries of an engine or a client share one. */
  readonly settlements: () => Promise<LateSettlements>
  /** Loads the code behind holds, budgets and `run`. */
  readonly actions: () => Promise<typeof import('./actions.ts')>
  readonly as: (caller: Caller) => Tollgate
}

type Verb = (input?: object, options?: CallOptions) => unknown

/**
 * Builds the `Tollgate` interface over a function that calls operations by name. It is the same in
 * this process and over HTTP.
 */
export const buildTollgate = (parts: FacadeParts): Tollgate => {
  const root: Record<string, unknown> = {}
  for (const [name, page] of parts.names) {
    const verb: Verb = (input = {}, options = {}) =>
      page === undefined
        ? parts.call(name, input, options)
        : pagesOf(parts, name, page, input, options)
    put(root, name.split('.'), verb)
  }
  const tollgate = root as unknown as Tollgate
  const { open } = tollgate.budgets
  const { budgets } = root as { budgets: { -readonly [Name in keyof Budgets]: Budgets[Name] } }
  budgets.open = async (input, options) => {
    const budget: Replayable<Budget> = await open(input, options)
    return (await parts.actions()).budgetRunOf(budget)
  }
  return Object.assign(root, registriesOf(tollgate), {
    reserve: async (input: Reservation, options: CallOptions = {}) => {
      const sentAtMs = parts.timers.nowMs()
      const decision = await parts.call('reserve', input, options)
      const { holdOf } = await parts.actions()
      const organizationId = input.organizationId ?? parts.organizationId
      return holdOf(decision as Replayable<ReservationDecision>, {
        gate: tollgate,
        timers: parts.timers,
        organizationId,
        sentAtMs,
      })
    },
    run: async <Result>(
      call: Reservation,
      work: (hold: RunHold) => Promise<Result>,
      options?: RunOptions<Result>,
    ) => {
      const [{ run }, settlements] = [await parts.actions(), await parts.settlements()]
      return run(tollgate, { timers: parts.timers, settlements }, call, work, options)
    },
    as: parts.as,
  }) as unknown as Tollgate
}

/** Stores a verb under a dotted name such as `catalog.plans.list`. */
const put = (into: Record<string, unknown>, path: readonly string[], verb: Verb): void => {
  const [key = '', ...rest] = path
  if (rest.length === 0) {
    into[key] = verb
    return
  }
  into[key] ??= {}
  put(into[key] as Record<string, unknown>, rest, verb)
}

type AnyPage = Record<string, unknown> & {
  readonly nextCursor?: string | null
  readonly pagination?: { readonly nextCursor: string | null }
}

const pagesOf = (
  { call }: FacadeParts,
  name: string,
  field: PageField,
  input: object,
  options: CallOptions,
): LazyPages<unknown, AnyPage> =>
  new LazyPages<unknown, AnyPage>({
    read: (cursor) => call(name, fromCursor(input, cursor), options) as Promise<AnyPage>,
    itemsOf: (page) => page[field] as readonly unknown[],
    cursorOf: (page) => page.nextCursor ?? page.pagination?.nextCursor ?? null,
  })

/** The input for the next page. The cursor replaces a page number. */
const fromCursor = (input: object, cursor: string | undefined): object => {
  if (cursor === undefined) return input
  const { page: _, ...rest } = input as { readonly page?: number }
  return { ...rest, cursor }
}
