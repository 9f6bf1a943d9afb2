import { useNavigate, useParams, useSearch } from '@tanstack/react-router'
import { useMemo } from 'react'
import type { HistoryEvent, HistoryListInput } from '../../../src/client/index.ts'
import { counted, durationText, exact, exactMoney, money } from '../../../src/react/format/index.ts'
import { useApi } from '../../api/use-api.ts'
import { usePages } from '../../api/use-pages.ts'
import { useZone } from '../../shell/zone.ts'
import { Block, Empty } from '../../ui/block.tsx'
import { Button, ButtonLink, FileLink } from '../../ui/button.tsx'
import { Field } from '../../ui/field.tsx'
import { Filters } from '../../ui/filters.tsx'
import linkCss from '../../ui/link.module.css'
import { LongTable } from '../../ui/long-table.tsx'
import { Panel, Stack } from '../../ui/panel.tsx'
import { State } from '../../ui/state.tsx'
import type { Column } from '../../ui/table.tsx'
import { Time } from '../../ui/time.tsx'
import { useTitle } from '../../ui/use-title.ts'
import { EventSheet } from './event-sheet.tsx'
import { useOpenedEvent } from './use-opened-event.ts'

/** The page size, and the number of rows after which scrolling stops loading by itself. */
const PAGE = 100
const MOST = 2_000

/** The events of a customer, with filters. */
export const Events = () => {
  const { organizationId } = useParams({ from: '/customers/$organizationId' })
  const search = useSearch({ from: '/customers/$organizationId/events' })
  const navigate = useNavigate({ from: '/customers/$organizationId/events' })
  const { fileUrl } = useApi()
  useTitle(organizationId, 'Events')
  const filter = {
    ...(search.eventType !== undefined && { eventType: search.eventType }),
    ...(search.userId !== undefined && { userId: search.userId }),
    ...(search.from !== undefined && { startDate: search.from }),
    ...(search.to !== undefined && { endDate: search.to }),
  }
  const request: HistoryListInput = {
    ...filter,
    limit: PAGE,
    sort: (search.sort ?? '-occurredAt') as HistoryListInput['sort'],
  }
  const history = usePages(
    ['customer', organizationId, 'events', request, search.cursor],
    ({ usage }, cursor, options) =>
      usage.history(
        { organizationId, ...request, ...(cursor !== undefined && { cursor }) },
        options,
      ),
    { from: search.cursor, nextOf: ({ pagination }) => pagination.nextCursor },
  )
  const pages = history.data?.pages ?? []
  const summary = pages[0]?.summary
  const isFull = pages.length * PAGE >= MOST
  const next = pages.at(-1)?.pagination.nextCursor
  const change = (patch: Partial<typeof search>) =>
    navigate({
      search: (now) => ({ ...now, cursor: undefined, open: undefined, at: undefined, ...patch }),
    })
  const file = (format: string) =>
    fileUrl(
      `/api/organizations/${encodeURIComponent(organizationId)}/usage/history?${new URLSearchParams({ ...filter, format })}`,
    )
  // The API's dates are UTC days, whatever zone the times are shown in.
  const inUtc = useZone() === 'UTC' ? '' : ' (UTC)'
  const columns = useMemo(
    () =>
      columnsOf(({ id, occurredAt }) =>
        navigate({ search: (now) => ({ ...now, open: id, at: occurredAt }) }),
      ),
    [navigate],
  )
  const opened = useOpenedEvent(organizationId, search, pages)
  return (
    <Stack>
      <Panel
        title="Events"
        note={
          summary
            ? `${counted(summary.events, 'event')}, ${exact(summary.credits)} credits, ${money(summary.costUsd)} of models`
            : history.data && 'later pages'
        }
        acts={
          <Filters>
            <TextFilter
              label="Event type"
              value={search.eventType}
              onSet={(eventType) => change({ eventType })}
            />
            <TextFilter label="User" value={search.userId} onSet={(userId) => change({ userId })} />
            <TextFilter
              label={`From${inUtc}`}
              type="date"
              value={search.from}
              onSet={(from) => change({ from })}
            />
            <TextFilter
              label={`To${inUtc}`}
              type="date"
              value={search.to}
              onSet={(to) => change({ to })}
            />
            <FileLink href={file('csv')}>CSV</FileLink>
            <FileLink href={file('jsonl')}>JSON lines</FileLink>
          </Filters>
        }
        isFlush
      >
        <Block of={history} lines={20}>
          {({ pages: [first, ...more] }) =>
            first === undefined || first.events.length === 0 ? (
              <NoEvents
                isFiltered={Object.keys(filter).length > 0}
                onClear={() => navigate({ search: {} })}
              />
            ) : (
              <LongTable
                label="Usage events"
                columns={columns}
                pages={[first, ...more].map(({ events }) => events)}
                onEnd={
                  history.hasNextPage && !isFull && !history.isFetching
                    ? () => void history.fetchNextPage()
                    : undefined
                }
                keyOf={idOf}
                marked={search.open}
                sort={{ by: request.sort ?? '', onSort: (sort) => change({ sort }) }}
              />
            )
          }
        </Block>
      </Panel>
      <div>
        {search.cursor !== undefined && (
          <Button onClick={() => change({ cursor: undefined })}>Newest</Button>
        )}{' '}
        {next && isFull && <Button onClick={() => change({ cursor: next })}>Load more</Button>}
      </div>
      {opened && (
        <EventSheet
          organizationId={organizationId}
          event={opened}
          onClose={() => change({ open: undefined, cursor: search.cursor })}
        />
      )}
    </Stack>
  )
}

const idOf = ({ id }: HistoryEvent): string => id

const NoEvents = ({
  isFiltered,
  onClear,
}: {
  readonly isFiltered: boolean
  readonly onClear: () => void
}) =>
  isFiltered ? (
    <Empty title="No matching events" act={<Button onClick={onClear}>Clear the filters</Button>} />
  ) : (
    <Empty
      title="No events yet"
      act={<ButtonLink to="/first-steps">How to send a call</ButtonLink>}
    >
      Each allowed call and each recorded event appears here with its price.
    </Empty>
  )

const TextFilter = ({
  label,
  value = '',
  type = 'text',
  onSet,
}: {
  readonly label: string
  readonly value?: string | undefined
  readonly type?: 'text' | 'date'
  readonly onSet: (text: string | undefined) => void
}) => (
  <Field label={label} isInline>
    {(control) => (
      <input
        {...control}
        key={value}
        type={type}
        size={12}
        defaultValue={value}
        onBlur={(event) => event.target.value !== value && onSet(event.target.value || undefined)}
        onKeyDown={(event) => {
          if (event.key === 'Enter') event.currentTarget.blur()
        }}
      />
    )}
  </Field>
)

const columnsOf = (open: (event: HistoryEvent) => void): readonly Column<HistoryEvent>[] => [
  {
    key: 'at',
    head: 'Time',
    sort: 'occurredAt',
    cell: (event) => (
      <button type="button" className={linkCss.plain} onClick={() => open(event)}>
        <Time at={event.occurredAt} />
      </button>
    ),
  },
  {
    key: 'type',
    head: 'Event type',
    isBroad: true,
    cell: ({ eventType, reverses }) => (
      <>
        {eventType}
        {reverses !== null && <State tone="near">reversal</State>}
      </>
    ),
  },
  { key: 'user', head: 'User', cell: ({ userId }) => userId ?? '—' },
  { key: 'model', head: 'Model', isWideOnly: true, cell: ({ model }) => model ?? '—' },
  {
    key: 'tokens',
    head: 'Tokens in / out',
    isFigure: true,
    isWideOnly: true,
    cell: ({ inputTokens, outputTokens }) =>
      inputTokens === null ? '—' : `${exact(inputTokens)} / ${exact(outputTokens)}`,
  },
  {
    key: 'status',
    head: 'Status',
    isFigure: true,
    cell: ({ status }) =>
      status !== null && status >= 400 ? <State tone="reached">{status}</State> : (status ?? '—'),
  },
  {
    key: 'duration',
    head: 'Duration',
    isFigure: true,
    isWideOnly: true,
    cell: ({ durationMs }) => durationText(durationMs),
  },
  {
    key: 'credits',
    head: 'Credits',
    isFigure: true,
    sort: 'credits',
    cell: ({ credits }) => exact(credits),
  },
  {
    key: 'cost',
    head: 'Model cost',
    isFigure: true,
    cell: ({ costUsd, unpriced }) =>
      unpriced ? <State tone="near">not priced</State> : exactMoney(costUsd),
  },
]
