import type { CallOptions } from '../contract/call.ts'
import type { RunHold, RunOptions } from '../contract/hold.ts'
import type { Registries } from '../contract/registries.ts'
import type { Caller, Reservation, Tollgate } from '../contract/tollgate.ts'
import type { Actions } from './actions.ts'
import type { AnyPage } from './page-items.ts'
import { LazyPages, type PageItems } from './pages.ts'

/** The parts from which the interface is built. */
export interface FacadeParts {
  /** Every operation by name. A `*` at the end marks a list that is read in pages. */
  readonly names: readonly string[]
  readonly call: (name: string, input: unknown, options: CallOptions) => Promise<unknown>
  /** Uses the code behind holds, budgets and `run`, after loading it where necessary. */
  readonly actions: <Result>(act: (actions: Actions) => Promise<Result>) => Promise<Result>
  readonly items: PageItems
  readonly registries: (tollgate: Tollgate) => Registries
  readonly as: (caller: Caller) => Tollgate
}

type Verb = (input?: object, options?: CallOptions) => unknown
type Verbs = { [Name in string]: Verbs | Verb }

/**
 * Builds the `Tollgate` interface over a function that calls operations by name. It is the same in
 * this process and over HTTP.
 */
export const buildTollgate = (parts: FacadeParts): Tollgate => {
  const root: Verbs = {}
  for (const marked of parts.names) {
    const [name = '', pagesMark] = marked.split('*')
    put(root, name.split('.'), (input = {}, options = {}) =>
      pagesMark === undefined
        ? parts.call(name, input, options)
        : new LazyPages(
            { input, read: (at) => parts.call(name, at, options) as Promise<AnyPage> },
            parts.items,
          ),
    )
  }
  const tollgate = root as unknown as Tollgate
  const { budgets, reserve } = tollgate
  const { open } = budgets
  /**
   * Loads before the request: nobody could settle a hold whose code cannot be loaded. Meanwhile the
   * caller may change its input, so this uses a copy.
   */
  const withActions = <Input extends object, Result>(
    given: Input,
    act: (actions: Actions, input: Input) => Promise<Result>,
  ): Promise<Result> => {
    const input = { ...given }
    return parts.actions((actions) => act(actions, input))
  }
  const composed: Partial<Tollgate> = {
    ...parts.registries(tollgate),
    budgets: {
      ...budgets,
      open: (given, options) =>
        withActions(given, async ({ budgetRunOf }, input) =>
          budgetRunOf(await open(input, options)),
        ),
    },
    reserve: (given, options) =>
      withActions(given, (actions, input) => actions.reserve(tollgate, reserve, input, options)),
    run: <Result>(
      given: Reservation,
      work: (hold: RunHold) => Promise<Result>,
      options?: RunOptions<Result>,
    ) => withActions(given, (actions, input) => actions.run(tollgate, input, work, options)),
    as: parts.as,
  }
  return Object.assign(tollgate, composed)
}

/** Stores a verb under a dotted name such as `catalog.plans.list`. */
const put = (into: Verbs, [key = '', ...rest]: readonly string[], verb: Verb): void => {
  if (rest.length === 0) {
    into[key] = verb
    return
  }
  into[key] ??= {}
  put(into[key] as Verbs, rest, verb)
}
