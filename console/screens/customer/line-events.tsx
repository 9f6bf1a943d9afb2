import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router'
import type { InvoiceLineEvent, InvoiceLineEvents } from '../../../src/client/index.ts'
import {
  amountOf,
  counted,
  dateText,
  exact,
  exactMoney,
  limitText,
  meterText,
  sentence,
  spanText,
  UTC,
} from '../../../src/react/format/index.ts'
import { useRead } from '../../api/use-api.ts'
import { Block, Empty } from '../../ui/block.tsx'
import { Button } from '../../ui/button.tsx'
import { Facts } from '../../ui/facts.tsx'
import linkCss from '../../ui/link.module.css'
import { Columns, Panel, Stack } from '../../ui/panel.tsx'
import { type Column, Table } from '../../ui/table.tsx'
import { Time } from '../../ui/time.tsx'
import { useTitle } from '../../ui/use-title.ts'
import css from './customer.module.css'
import { EventSheet } from './event-sheet.tsx'
import { LineSteps } from './invoice-lines.tsx'

const FROM = '/customers/$organizationId/billing/$invoiceId/$line'
const PAGE = 50

/** The events behind one invoice line. */
export const LineEvents = () => {
  const { organizationId, invoiceId, line } = useParams({ from: FROM })
  const search = useSearch({ from: FROM })
  const navigate = useNavigate({ from: FROM })
  useTitle(organizationId, 'Events of a line')
  const request = {
    organizationId,
    invoiceId,
    line: Number(line),
    limit: PAGE,
    ...(search.cursor !== undefined && { cursor: search.cursor }),
  }
  const invoice = useRead(
    ['customer', organizationId, 'invoice', invoiceId],
    ({ invoices }, options) => invoices.get({ organizationId, invoiceId }, options),
  )
  const events = useRead(['customer', organizationId, 'line', request], ({ invoices }, options) =>
    invoices.lineEvents(request, options),
  )
  const of = invoice.data?.lines.find((one) => one.line === Number(line))
  const opened = events.data?.items.find(({ id }) => id === search.open)
  const next = events.data?.nextCursor
  return (
    <Stack>
      <Columns>
        <Panel
          title={of?.description ?? `Line ${line}`}
          note={
            events.data &&
            `${counted(events.data.events, 'event')} of ${spanText({ start: events.data.from, end: events.data.to }, UTC)} UTC, in the order in which they happened`
          }
          isFlush
        >
          <Block of={events} lines={20}>
            {({ items, meter }) =>
              items.length === 0 ? (
                <Empty title="No events">
                  A plan price has no events, and older events may have passed their retention.
                </Empty>
              ) : (
                <Table
                  label="Events of the line"
                  columns={columnsOf(meter ?? '', (open) =>
                    navigate({ search: (now) => ({ ...now, open }) }),
                  )}
                  rows={items}
                  keyOf={({ id }) => id}
                  isMarked={({ id }) => id === search.open}
                />
              )
            }
          </Block>
        </Panel>
        <Panel
          title="The line"
          acts={
            <Link
              to="/customers/$organizationId/billing"
              params={{ organizationId }}
              search={{ invoice: invoiceId }}
              className={css.muted}
            >
              Its invoice
            </Link>
          }
        >
          <Block of={events} lines={6}>
            {(answer) => <Facts of={factsOf(answer)} />}
          </Block>
          {of && invoice.data && (
            <Facts
              of={[
                ...(of.units === null || of.meter === null
                  ? []
                  : [['Charged', amountOf(of.meter, Number(of.units))] as const]),
                [
                  'Arithmetic',
                  <span key="steps" className={css.arithmetic}>
                    <LineSteps line={of} currency={invoice.data.currency} />
                  </span>,
                ],
                ['Amount', exactMoney(of.amount, invoice.data.currency)],
              ]}
            />
          )}
        </Panel>
      </Columns>
      {(search.cursor !== undefined || next) && (
        <div>
          {search.cursor !== undefined && (
            <Button onClick={() => navigate({ search: {} })}>First</Button>
          )}{' '}
          {next && (
            <Button onClick={() => navigate({ search: { cursor: next } })}>Next {PAGE}</Button>
          )}
        </div>
      )}
      {opened && (
        <EventSheet
          organizationId={organizationId}
          event={opened}
          onClose={() => navigate({ search: (now) => ({ ...now, open: undefined }) })}
        />
      )}
    </Stack>
  )
}

const factsOf = (of: InvoiceLineEvents) => [
  of.meter !== null &&
    of.window !== null &&
    (['Counted', sentence(limitText(of.meter, of.window))] as const),
  ['Events', exact(of.events)] as const,
  of.total !== null && (['Sum of all events', amountOf(of.meter ?? '', of.total)] as const),
  of.paidByGrants !== null && (['Paid by grants', exact(of.paidByGrants)] as const),
  of.keptSince !== null && (['Events stored since', dateText(of.keptSince, UTC)] as const),
]

const columnsOf = (
  meter: string,
  open: (id: string) => void,
): readonly Column<InvoiceLineEvent>[] => [
  {
    key: 'at',
    head: 'Time',
    cell: ({ id, occurredAt }) => (
      <button type="button" className={linkCss.plain} onClick={() => open(id)}>
        <Time at={occurredAt} />
      </button>
    ),
  },
  { key: 'type', head: 'Event type', cell: ({ eventType }) => eventType },
  { key: 'user', head: 'User', cell: ({ userId }) => userId ?? '—' },
  { key: 'model', head: 'Model', isWideOnly: true, cell: ({ model }) => model ?? '—' },
  {
    key: 'amount',
    head: sentence(meterText(meter)),
    isFigure: true,
    cell: ({ amount }) => (typeof amount === 'number' ? amountOf(meter, amount) : amount),
  },
]
