import { Denial } from '../guard/denial.ts'
import type { Guard } from '../guard/guard.ts'
import type { Metered, Passed } from '../guard/metered.ts'
import { type NodeAnswer, type NodeResponse, watched } from './node-answer.ts'

/** A request of a framework that answers by `node:http`. */
export interface NodeArrival<Request> {
  readonly request: Request
  readonly method: string
  readonly endpoint: string
  readonly response: NodeResponse
}

/** What a framework does at each turn of a request. One of them is called, and once. */
export interface NodeTurns {
  /** Goes on to the handler. */
  readonly letIn: (call: Metered, passed: Passed, answer: NodeAnswer) => void
  /** Answers who is not let in. */
  readonly deny: (denial: Denial) => void
  /** Hands on what the options threw before the handler was reached. */
  readonly fail: (error: Error) => void
}

/** Serves a request whose answer is written by somebody else, and is over when it was sent. */
export const serveNode = <Request>(
  guard: Guard<Request>,
  { request, method, endpoint, response }: NodeArrival<Request>,
  { letIn, deny, fail }: NodeTurns,
): void => {
  const answer = watched(response)
  const arrival = {
    request,
    context: undefined,
    method,
    endpoint,
    get signal() {
      return answer.signal
    },
  }
  let isServing = false
  const serving = guard.serve(arrival, (call, passed) => {
    isServing = true
    letIn(call, passed, answer)
    return answer.over
  })
  serving.then(
    (given) => {
      if (given instanceof Denial) deny(given)
    },
    (error: Error) => {
      // Once it is served, what goes wrong is the framework's already.
      if (!isServing && !answer.hasLeft) fail(error)
    },
  )
}
