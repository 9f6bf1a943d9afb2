import { useState } from 'react'
import type { Delivery } from '../../../src/client/index.ts'
import { useRead } from '../../api/use-api.ts'
import { Block, Empty } from '../../ui/block.tsx'
import { Button } from '../../ui/button.tsx'
import { Field } from '../../ui/field.tsx'
import { Filters } from '../../ui/filters.tsx'
import linkCss from '../../ui/link.module.css'
import { Panel, Stack } from '../../ui/panel.tsx'
import { type Column, Table } from '../../ui/table.tsx'
import { Time } from '../../ui/time.tsx'
import { DeliverySheet } from './delivery-sheet.tsx'
import { DeliveryState } from './endpoint-state.tsx'
import { ResendRange } from './resend-range.tsx'
import { deliveriesOf, type Told, toldKey } from './told.ts'
import css from './webhooks.module.css'
import type { Whose } from './whose.ts'

export interface DeliverySearch {
  readonly state?: string | undefined
  readonly cursor?: string | undefined
  readonly open?: string | undefined
}

const PAGE = 50
const STATES = ['waiting', 'done', 'failed', 'skipped'] as const
const WAITING_MS = 2_000
const POLL_MS = 15_000

interface DeliveriesProps {
  readonly told: Told
  readonly mayManage: boolean
  readonly search: DeliverySearch
  readonly onSearch: (patch: DeliverySearch) => void
}

/** Deliveries to an endpoint or a channel, the latest first. A click opens the attempts. */
export const Deliveries = (props: DeliveriesProps) => {
  const { told, mayManage, search, onSearch } = props
  const [isRangeOpen, setIsRangeOpen] = useState(false)
  const state = STATES.find((one) => one === search.state)
  const request = {
    limit: PAGE,
    ...(state !== undefined && { state }),
    ...(search.cursor !== undefined && { cursor: search.cursor }),
  }
  const deliveries = useRead(
    [...toldKey(told), 'deliveries', request],
    (tollgate, options) => {
      const { verbs, of } = deliveriesOf(tollgate, told)
      return verbs.list({ ...of, ...request }, options)
    },
    {
      // Pending deliveries are sent soon, so poll more often.
      pollMs: (page) =>
        page?.items.some(({ state }) => state === 'waiting') ? WAITING_MS : POLL_MS,
    },
  )
  const next = deliveries.data?.nextCursor
  return (
    <Stack>
      <Panel
        title="Deliveries"
        note="newest first, stored for 90 days"
        acts={
          <Filters>
            <Field label="State" isInline>
              {(control) => (
                <select
                  {...control}
                  value={state ?? ''}
                  onChange={(event) =>
                    onSearch({ state: event.target.value || undefined, cursor: undefined })
                  }
                >
                  <option value="">any</option>
                  {STATES.map((one) => (
                    <option key={one}>{one}</option>
                  ))}
                </select>
              )}
            </Field>
            {mayManage && <Button onClick={() => setIsRangeOpen(true)}>Send a range again</Button>}
          </Filters>
        }
        isFlush
      >
        <Block of={deliveries} lines={8}>
          {({ items }) =>
            items.length === 0 ? (
              <Empty
                title={state === undefined ? 'Nothing was sent yet' : `No ${state} deliveries`}
              >
                {state === undefined
                  ? 'Each event that is sent appears here. Send a test to create one.'
                  : 'Change the filter above to see others.'}
              </Empty>
            ) : (
              <Table
                label="Deliveries"
                columns={columnsOf(told.whose, (open) => onSearch({ open }))}
                rows={items}
                keyOf={({ id }) => id}
                isMarked={({ id }) => id === search.open}
              />
            )
          }
        </Block>
      </Panel>
      {(search.cursor !== undefined || next) && (
        <div>
          {search.cursor !== undefined && (
            <Button onClick={() => onSearch({ cursor: undefined })}>Latest</Button>
          )}{' '}
          {next && <Button onClick={() => onSearch({ cursor: next })}>Next {PAGE}</Button>}
        </div>
      )}
      {search.open !== undefined && (
        <DeliverySheet
          told={told}
          deliveryId={search.open}
          mayManage={mayManage}
          onClose={() => onSearch({ open: undefined })}
        />
      )}
      {isRangeOpen && <ResendRange told={told} onClose={() => setIsRangeOpen(false)} />}
    </Stack>
  )
}

const columnsOf = (whose: Whose, open: (id: string) => void): readonly Column<Delivery>[] => [
  {
    key: 'kind',
    head: 'Event',
    cell: ({ id, kind }) => (
      <button type="button" className={linkCss.plain} onClick={() => open(id)}>
        {kind}
      </button>
    ),
  },
  ...(whose === null
    ? [
        {
          key: 'of',
          head: 'Customer',
          cell: ({ eventOrganizationId }: Delivery) => (
            <span className={css.mono}>{eventOrganizationId ?? 'the platform'}</span>
          ),
        },
      ]
    : []),
  {
    key: 'state',
    head: 'State',
    cell: ({ state, reason }) => (
      <span className={css.address}>
        <DeliveryState of={state} />
        {reason !== null && <small>{reason}</small>}
      </span>
    ),
  },
  { key: 'tries', head: 'Attempts', isFigure: true, cell: ({ attempts }) => attempts },
  {
    key: 'next',
    head: 'Next attempt',
    isFigure: true,
    cell: ({ nextAttemptAt }) =>
      nextAttemptAt === null ? '—' : <Time at={nextAttemptAt} form="relative" />,
  },
  {
    key: 'made',
    head: 'Created',
    isFigure: true,
    cell: ({ createdAt }) => <Time at={createdAt} />,
  },
]
