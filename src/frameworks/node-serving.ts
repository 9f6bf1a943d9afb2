import { Denial } from '../guard/denial.ts'
import type { Guard } from '../guard/guard.ts'
import type { Arrival, MeteredRoute, Passed } from '../guard/metered.ts'
import { type NodeAnswer, type NodeResponse, watched } from './node-answer.ts'

/** A request of a framework that answers through `node:http`. */
export interface NodeArrival<Request> {
  readonly request: Request
  readonly method: string
  readonly endpoint: string
  readonly response: NodeResponse
}

/** The framework's actions for a request. Exactly one of them is called, once. */
export interface NodeTurns {
  /** Continues with the handler. */
  readonly letIn: (call: MeteredRoute, passed: Passed, answer: NodeAnswer) => void
  /** Answers a denied request. */
  readonly deny: (denial: Denial) => void
  /** Passes on an error of the options, before the handler was reached. */
  readonly fail: (error: Error) => void
}

/** Serves a request whose answer the framework writes. It has ended when the answer was sent. */
export const serveNode = <Request>(
  guard: Guard<Request>,
  { request, method, endpoint, response }: NodeArrival<Request>,
  { letIn, deny, fail }: NodeTurns,
): void => {
  const answer = watched(response)
  const arrival = new ArrivalOfNode(request, method, endpoint, answer)
  let isServing = false
  const serving = guard.serve(arrival, (call, passed) => {
    isServing = true
    // It has the signal of its arrival.
    letIn(call as MeteredRoute, passed, answer)
    return answer.over
  })
  serving.then(
    (given) => {
      if (given instanceof Denial) deny(given)
    },
    (error: Error) => {
      // After the handler started, the framework handles errors.
      if (!isServing && !answer.hasLeft) fail(error)
    },
  )
}

/** A class, because objects with getters of their own are slow. */
class ArrivalOfNode<Request> implements Arrival<Request> {
  readonly request: Request
  readonly context = undefined
  readonly method: string
  readonly endpoint: string
  readonly #answer: NodeAnswer

  constructor(request: Request, method: string, endpoint: string, answer: NodeAnswer) {
    this.request = request
    this.method = method
    this.endpoint = endpoint
    this.#answer = answer
  }

  /** Created when it is first read. */
  get signal(): AbortSignal {
    return this.#answer.signal
  }
}
