import { answeredBy } from '../frameworks/fetch-answer.ts'
import { pathOf } from '../frameworks/node-answer.ts'
import { createGuard } from '../guard/guard.ts'
import type { Metered } from '../guard/metered.ts'
import type { GateSource, MeterOptions } from '../guard/options.ts'

/** A handler, with the arguments that its framework passes beside the request. */
export type FetchHandler<Rest extends readonly unknown[]> = (
  request: Request,
  ...rest: Rest
) => Response | Promise<Response>

/** Serves one request behind the guard. Answers a denied request, and adds rate limit headers. */
export const serveGuarded = (
  source: GateSource,
  options: MeterOptions<Request>,
  request: Request,
  handler: (call: Metered) => Response | Promise<Response>,
): Promise<Response> => {
  const arrival = {
    request,
    context: undefined,
    method: request.method,
    signal: request.signal,
    endpoint: pathOf(new URL(request.url).pathname),
  }
  const { usageBlock = false } = options
  return answeredBy(createGuard(source, options), arrival, usageBlock, async (call) =>
    handler(call),
  )
}
