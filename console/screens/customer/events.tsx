import { useNavigate, useParams, useSearch } from '@tanstack/react-router'
import type { HistoryEvent, HistoryListInput } from '../../../src/client/index.ts'
import { counted, durationText, exact, exactMoney, money } from '../../../src/react/format/index.ts'
import { useApi, useRead } from '../../api/use-api.ts'
import { Block, Empty } from '../../ui/block.tsx'
import { Button, FileLink } from '../../ui/button.tsx'
import { Field } from '../../ui/field.tsx'
import { Filters } from '../../ui/filters.tsx'
import linkCss from '../../ui/link.module.css'
import { Panel, Stack } from '../../ui/panel.tsx'
import { State } from '../../ui/state.tsx'
import { type Column, Table } from '../../ui/table.tsx'
import { Time } from '../../ui/time.tsx'
import { useTitle } from '../../ui/use-title.ts'
import { EventSheet } from './event-sheet.tsx'

const PAGE = 50

/** Which calls exactly? */
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
    ...(search.cursor !== undefined && { cursor: search.cursor }),
  }
  const history = useRead(['customer', organizationId, 'events', request], ({ usage }, options) =>
    usage.history({ organizationId, ...request }, options),
  )
  const change = (patch: Partial<typeof search>) =>
    navigate({ search: (now) => ({ ...now, cursor: undefined, open: undefined, ...patch }) })
  const file = (format: string) =>
    fileUrl(
      `/api/organizations/${encodeURIComponent(organizationId)}/usage/history?${new URLSearchParams({ ...filter, format })}`,
    )
  const opened = history.data?.events.find(({ id }) => id === search.open)
  return (
    <Stack>
      <Panel
        title="Events"
        note={
          history.data?.summary
            ? `${counted(history.data.summary.events, 'event')}, ${exact(history.data.summary.credits)} credits, ${money(history.data.summary.costUsd)} of models`
            : 'a further page'
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
              label="From"
              type="date"
              value={search.from}
              onSet={(from) => change({ from })}
            />
            <TextFilter label="To" type="date" value={search.to} onSet={(to) => change({ to })} />
            <FileLink href={file('csv')}>CSV</FileLink>
            <FileLink href={file('jsonl')}>JSON lines</FileLink>
          </Filters>
        }
        isFlush
      >
        <Block of={history} lines={20}>
          {({ events }) =>
            events.length === 0 ? (
              <Empty
                title="No event is like that"
                act={<Button onClick={() => navigate({ search: {} })}>Clear the filters</Button>}
              />
            ) : (
              <Table
                label="Usage events"
                columns={columnsOf((id) => change({ open: id, cursor: search.cursor }))}
                rows={events}
                keyOf={({ id }) => id}
                isMarked={({ id }) => id === search.open}
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
        {history.data?.pagination.nextCursor && (
          <Button
            onClick={() => change({ cursor: history.data?.pagination.nextCursor ?? undefined })}
          >
            Next {PAGE}
          </Button>
        )}
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

const columnsOf = (open: (id: string) => void): readonly Column<HistoryEvent>[] => [
  {
    key: 'at',
    head: 'Time',
    sort: 'occurredAt',
    cell: ({ id, occurredAt }) => (
      <button type="button" className={linkCss.plain} onClick={() => open(id)}>
        <Time at={occurredAt} />
      </button>
    ),
  },
  {
    key: 'type',
    head: 'Event type',
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
    head: 'Tokens in, out',
    isFigure: true,
    isWideOnly: true,
    cell: ({ inputTokens, outputTokens }) =>
      inputTokens === null ? '—' : `${exact(inputTokens)}, ${exact(outputTokens)}`,
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
      unpriced ? (
        <State tone="near">not priced</State>
      ) : (
        <span title={exactMoney(costUsd)}>{money(costUsd)}</span>
      ),
  },
]
