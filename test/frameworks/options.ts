import type { MeterOptions } from '../../src/guard/options.ts'

/** A stream's produced pieces, counted by the host, under the name in the request. */
export type Produced = Map<string, number>

/** The cost of each host route. It is equal for every framework; only reading headers differs. */
export const optionsBy = <Request>(
  header: (request: Request, name: string) => string | undefined,
) => {
  const whose: Pick<MeterOptions<Request>, 'eventType' | 'identify' | 'onError'> = {
    eventType: (request) => header(request, 'x-event') ?? 'chat',
    identify: async (request) => {
      const organizationId = header(request, 'x-organization')
      return organizationId === undefined ? undefined : { organizationId, userId: 'ada' }
    },
    // The test made the store unavailable, so the log is silenced.
    onError: () => {},
  }
  const id = (request: Request) => header(request, 'idempotency-key')
  return {
    track: { ...whose, id, quantities: { tokens: 10 } },
    hold: { ...whose, estimate: async () => ({ quantities: { tokens: 100 } }) },
    record: { ...whose, mode: 'record', quantities: { tokens: 7 } },
    tracked: { ...whose, quantities: { tokens: 10 }, usageBlock: true },
    held: { ...whose, estimate: { quantities: { tokens: 100 } }, usageBlock: true },
  } satisfies Record<string, MeterOptions<Request>>
}

/** Streams piece after piece, until the reader leaves or all are sent. */
export async function* pieces(
  produced: Produced,
  {
    name,
    count,
    signal,
    used,
  }: {
    readonly name: string
    readonly count: number
    readonly signal: AbortSignal
    readonly used: (amounts: { quantities: { tokens: number } }) => void
  },
): AsyncGenerator<string> {
  for (let sent = 1; sent <= count && !signal.aborted; sent++) {
    produced.set(name, sent)
    used({ quantities: { tokens: sent } })
    yield `piece ${sent}\n`
    await new Promise((resolve) => setImmediate(resolve))
  }
}
