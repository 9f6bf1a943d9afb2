import type { ErrorProblem } from '../../decision/error-problem.ts'
import type { RefusalProblem } from '../../decision/response.ts'
import { Denial } from '../../guard/denial.ts'
import { createGuard } from '../../guard/guard.ts'
import type { Metered } from '../../guard/metered.ts'
import type { GateSource, MeterOptions } from '../../guard/options.ts'
import { ThrownAnswer } from '../fetch-answer.ts'
import { orRedirect } from './redirect.ts'
import { requestScope } from './request-scope.ts'

/** Why an action did not run, as data, because Next hides thrown errors in production. */
export interface ActionRefused {
  readonly refused: RefusalProblem | ErrorProblem
}

/** The answer of an action that ran. */
interface ActionAnswer<Result> {
  readonly status: number
  readonly result?: Result
}

/**
 * Wraps a server action. It receives the call as its first argument, then its own arguments. The
 * functions of the options receive the arguments as a list. An action runs to its end even when the
 * client has disconnected, and is settled then. A refusal is returned as `{ refused }`.
 *
 * @example
 * ```ts
 * import { createTollgate } from 'tollgate'
 * import { meteredAction, shared } from 'tollgate/next'
 *
 * const getTollgate = shared(() => createTollgate({ database: 'memory' }))
 * const identify = async () => ({ organizationId: 'acme' })
 * export const ask = meteredAction(
 *   getTollgate,
 *   { eventType: 'chat_message', identify, estimate: { quantities: { tokens: 2_000 } } },
 *   async ({ hold }, question: string) => {
 *     hold?.used({ inputTokens: 820, outputTokens: 310 })
 *     return { text: `You asked: ${question}` }
 *   },
 * )
 * ```
 */
export const meteredAction = <Arguments extends readonly unknown[], Result>(
  getTollgate: GateSource,
  options: MeterOptions<Arguments>,
  action: (call: Metered, ...given: Arguments) => Result | Promise<Result>,
): ((...given: Arguments) => Promise<Result | ActionRefused>) => {
  const guard = createGuard(getTollgate, options)
  const scope = requestScope()
  return async (...given) => {
    const arrival = {
      request: given,
      context: undefined,
      method: 'POST',
      endpoint: action.name === '' ? 'server action' : action.name,
      // An action cannot see a disconnect.
      signal: undefined,
      waitUntil: (settled: Promise<unknown>) => {
        options.waitUntil?.(settled)
        scope.after(settled)
      },
    }
    const answer = await guard.serve(arrival, (call) =>
      orRedirect(
        async (): Promise<ActionAnswer<Result>> => ({
          status: 200,
          result: await action(call, ...given),
        }),
      ),
    )
    if (answer instanceof Denial) return { refused: answer.problem }
    if (answer instanceof ThrownAnswer) throw answer.error
    return answer.result as Result
  }
}
