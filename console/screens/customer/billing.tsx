import { useNavigate, useParams, useSearch } from '@tanstack/react-router'
import type { Invoice } from '../../../src/client/index.ts'
import { money, spanText, UTC } from '../../../src/react/format/index.ts'
import { useRead } from '../../api/use-api.ts'
import { useIsOperator } from '../../session/rights.ts'
import { Block, Empty } from '../../ui/block.tsx'
import { ButtonLink } from '../../ui/button.tsx'
import { Facts } from '../../ui/facts.tsx'
import linkCss from '../../ui/link.module.css'
import { Columns, Panel, Stack } from '../../ui/panel.tsx'
import { PlanName, usePlanNames } from '../../ui/plan-name.tsx'
import { type Column, Table } from '../../ui/table.tsx'
import { Time } from '../../ui/time.tsx'
import { useTitle } from '../../ui/use-title.ts'
import { InvoiceLines } from './invoice-lines.tsx'
import { InvoiceSheet } from './invoice-sheet.tsx'
import { Margin } from './margin.tsx'

const SHOWN = 24

/** The next invoice, past invoices and open amounts of a customer. */
export const Billing = () => {
  const { organizationId } = useParams({ from: '/customers/$organizationId' })
  const { invoice } = useSearch({ from: '/customers/$organizationId/billing' })
  const navigate = useNavigate({ from: '/customers/$organizationId/billing' })
  useTitle(organizationId, 'Billing')
  const isOperator = useIsOperator()
  const preview = useRead(
    ['customer', organizationId, 'invoice-preview'],
    ({ invoices }, options) => invoices.preview({ organizationId }, options),
    { poll: true },
  )
  const invoices = useRead(['customer', organizationId, 'invoices'], ({ invoices }, options) =>
    invoices.list({ organizationId, limit: SHOWN }, options),
  )
  const open = (id: string | undefined) => navigate({ search: (now) => ({ ...now, invoice: id }) })
  const columns: readonly Column<Invoice>[] = [
    {
      key: 'period',
      head: 'Billing period',
      cell: ({ id, periodStart, periodEnd }) => (
        <button type="button" className={linkCss.plain} onClick={() => open(id)}>
          {spanText({ start: periodStart, end: periodEnd }, UTC)}
        </button>
      ),
    },
    {
      key: 'created',
      head: 'Closed',
      isWideOnly: true,
      cell: ({ createdAt }) => <Time at={createdAt} form="date" />,
    },
    {
      key: 'carried',
      head: 'Carried over',
      isFigure: true,
      isWideOnly: true,
      cell: ({ carriedMinorUnits }) => (carriedMinorUnits === 0 ? '—' : 'yes'),
    },
    {
      key: 'total',
      head: 'Total',
      isFigure: true,
      cell: ({ total, currency }) => money(total, currency),
    },
  ]
  return (
    <Stack>
      <Columns>
        <Panel title="Next invoice" note="as if the period ended now" isFlush>
          <Block of={preview} lines={5}>
            {(answer) => <InvoiceLines of={answer} />}
          </Block>
        </Panel>
        <SubscriptionFacts organizationId={organizationId} />
      </Columns>
      <Columns>
        <Panel title="Invoices" note={`the latest ${SHOWN}`} isFlush>
          <Block of={invoices} lines={4}>
            {({ items }) =>
              items.length === 0 ? (
                <Empty
                  title="No invoices yet"
                  act={isOperator && <ButtonLink to="/jobs">Go to the jobs</ButtonLink>}
                >
                  The job “process overage” closes ended periods and creates an invoice for each.
                </Empty>
              ) : (
                <Table label="Invoices" columns={columns} rows={items} keyOf={({ id }) => id} />
              )
            }
          </Block>
        </Panel>
        {isOperator && <Margin organizationId={organizationId} />}
      </Columns>
      {invoice !== undefined && (
        <InvoiceSheet
          organizationId={organizationId}
          invoiceId={invoice}
          onClose={() => open(undefined)}
        />
      )}
    </Stack>
  )
}

const WHAT = { trial_end: 'The trial ends', plan: 'The plan changes', end: 'It ends' } as const

const SubscriptionFacts = ({ organizationId }: { readonly organizationId: string }) => {
  const subscription = useRead(
    ['customer', organizationId, 'subscription'],
    ({ subscriptions }, options) => subscriptions.get({ organizationId }, options),
  )
  const stripe = useRead(['customer', organizationId, 'stripe'], ({ stripe }, options) =>
    stripe.link({ organizationId }, options),
  )
  const nameOf = usePlanNames()
  return (
    <Panel title="Subscription">
      <Block of={subscription} lines={5}>
        {(of) => (
          <Facts
            of={[
              ['Plan', <PlanName key="plan" plan={of.plan} version={of.planVersion} />],
              of.newestVersion > of.planVersion && ['Newest version', `v${of.newestVersion}`],
              ['State', of.state],
              ['Started', <Time key="began" at={of.startsAt} form="date" />],
              ['Period', spanText(of.currentPeriod, UTC)],
              ...of.scheduled.map(
                ({ at, what, plan }) =>
                  [
                    `${WHAT[what]}${plan === null ? '' : ` to ${nameOf(plan)}`}`,
                    <Time key={at} at={at} form="date" />,
                  ] as const,
              ),
              of.scheduled.length === 0 && ['Scheduled', 'nothing'],
              [
                'At Stripe',
                stripe.data
                  ? (stripe.data.customerId ?? 'not linked')
                  : stripe.isError
                    ? 'not set up'
                    : '',
              ],
            ]}
          />
        )}
      </Block>
    </Panel>
  )
}
