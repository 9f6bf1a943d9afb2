import type { HistoryEvent } from '../../../src/client/index.ts'
import { useRead } from '../../api/use-api.ts'

interface OpenedEvent {
  readonly open?: string | undefined
  /** The time of the event, by which it is found if it is not in the loaded pages. */
  readonly at?: string | undefined
}

/** The most events of one millisecond among which the open one is looked for. */
const MOST_AT_ONCE = 100

/** The open event: of the loaded pages, or read by its time if it comes from a link. */
export const useOpenedEvent = (
  organizationId: string,
  { open, at }: OpenedEvent,
  pages: readonly { readonly events: readonly HistoryEvent[] }[],
): HistoryEvent | undefined => {
  const isOpened = ({ id }: HistoryEvent) => id === open
  const loaded =
    open === undefined ? undefined : pages.flatMap(({ events }) => events).find(isOpened)
  const read = useRead(
    ['customer', organizationId, 'event', open, at],
    ({ usage }, options) =>
      usage.history(
        {
          organizationId,
          startDate: at,
          endDate: new Date(Date.parse(at ?? '') + 1).toISOString(),
          limit: MOST_AT_ONCE,
        },
        options,
      ),
    { isWanted: open !== undefined && at !== undefined && pages.length > 0 && !loaded },
  )
  return open === undefined ? undefined : (loaded ?? read.data?.events.find(isOpened))
}
