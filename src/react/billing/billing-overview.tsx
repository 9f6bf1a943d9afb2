'use client'
import type { Invoice, InvoicePreview } from '../../contract/billing.ts'
import type { UsageOverage } from '../../contract/plan-reports.ts'
import { useWords } from '../hooks/context.ts'
import { useBilling } from '../hooks/use-billing.ts'
import {
  BlockNote,
  type BlockReading,
  Heading,
  isWithoutData,
  Skeleton,
  StaleNote,
} from '../parts/block-state.tsx'
import { type Common, classesOf } from '../parts/names.ts'
import { Root } from '../parts/root.tsx'

/** An invoice, with its payment state if known. */
export type ShownInvoice = Pick<
  Invoice,
  'id' | 'periodStart' | 'periodEnd' | 'currency' | 'total' | 'dueMinorUnits'
> & { readonly payment?: string | null | undefined }

interface Look extends Common {
  readonly onOpenInvoice?: ((invoice: ShownInvoice) => void) | undefined
  /** Returns the URL of an invoice. Used if `onOpenInvoice` is absent. */
  readonly invoiceHref?: ((invoice: ShownInvoice) => string) | undefined
}

interface Given extends Look {
  readonly preview: InvoicePreview | undefined
  readonly invoices?: readonly ShownInvoice[] | undefined
  /** Includes the projected overage at the end of the period. */
  readonly overage?: Pick<UsageOverage, 'projectedTotalUsd'> | undefined
  readonly reading?: BlockReading | undefined
  /** The read state of the invoices, if they are read apart. */
  readonly invoicesReading?: BlockReading | undefined
}

interface Read extends Look {
  readonly organizationId?: string | undefined
}

export type BillingOverviewProps = Given | Read

/**
 * The next invoice so far, the projected total, and past invoices. Without data in its props, it
 * reads them with a read token that has `invoices.read`.
 */
export const BillingOverview = (props: BillingOverviewProps) =>
  'preview' in props ? <BillingView {...props} /> : <ReadBilling {...props} />

const ReadBilling = ({ organizationId, ...look }: Read) => {
  const { preview, invoices, overage } = useBilling(organizationId)
  const { status, error, retry } = preview
  return (
    <BillingView
      {...look}
      preview={preview.data}
      invoices={invoices.data?.items}
      overage={overage.data}
      reading={{ status, error, retry }}
      invoicesReading={{
        status: invoices.status,
        error: invoices.error,
        retry: invoices.retry,
      }}
    />
  )
}

const BillingView = (props: Given) => {
  const { preview, invoices, overage, reading } = props
  const words = useWords()
  const { say } = words
  const classOf = classesOf('billing', props.parts)
  const status = reading?.status ?? 'ready'
  return (
    <Root
      block="billing"
      label={say.billing}
      state={status}
      isBusy={status === 'loading'}
      className={props.className}
    >
      {status === 'stale' && preview && (
        <StaleNote clock={words.clock(preview.asOf, 'UTC')} retry={reading?.retry} />
      )}
      {!preview ? (
        reading && isWithoutData(status) ? (
          <BlockNote reading={reading} />
        ) : (
          <div className={classOf('next')}>
            <Skeleton lines={1} tall="tile" />
            <Skeleton lines={1} tall="tile" />
          </div>
        )
      ) : (
        <>
          <dl className={classOf('next')}>
            <div className={classOf('tile')}>
              <dt>{say.nextInvoice}</dt>
              <dd>
                <span className="tg-figure">{words.money(preview.total, preview.currency)}</span>
                <span className="tg-fact">
                  {say.soFarOf(words.span(preview.periodStart, preview.periodEnd, 'UTC'))}
                </span>
              </dd>
            </div>
            {overage && (
              <div className={classOf('tile')}>
                <dt>{say.expectedAtEnd}</dt>
                <dd>
                  <span className="tg-figure" title={words.exactMoney(overage.projectedTotalUsd)}>
                    {words.money(overage.projectedTotalUsd)}
                  </span>
                  <span className="tg-fact">
                    {say.asOf(words.clock(preview.asOf, 'UTC'), 'UTC')}
                  </span>
                </dd>
              </div>
            )}
          </dl>
          {preview.lines.length > 0 && (
            <table className={`tg-table ${classOf('lines')}`}>
              <tbody>
                {preview.lines.map((line) => (
                  <tr key={line.line}>
                    <th scope="row">{line.description}</th>
                    <td>{words.money(line.amount, preview.currency)}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          )}
        </>
      )}
      {!(status === 'refused' && !invoices) && (
        <div className={classOf('invoices')}>
          <Heading>{say.invoices}</Heading>
          <Invoices {...props} {...{ invoices, classOf }} />
        </div>
      )}
    </Root>
  )
}

const Invoices = ({
  invoices,
  invoicesReading,
  onOpenInvoice,
  invoiceHref,
}: Pick<Given, 'invoices' | 'invoicesReading' | 'onOpenInvoice' | 'invoiceHref'>) => {
  const words = useWords()
  const { say } = words
  if (!invoices) {
    return invoicesReading && isWithoutData(invoicesReading.status) ? (
      <BlockNote reading={invoicesReading} />
    ) : (
      <Skeleton lines={3} />
    )
  }
  if (invoices.length === 0) return <p className="tg-empty">{say.noInvoices}</p>
  const hasPayment = invoices.some(({ payment }) => payment)
  const hasAct = onOpenInvoice !== undefined || invoiceHref !== undefined
  return (
    <table className="tg-table tg-stack">
      <thead>
        <tr>
          <th scope="col">{say.period}</th>
          {hasPayment && (
            <th scope="col" data-column="status">
              {say.status}
            </th>
          )}
          <th scope="col">{say.amount}</th>
          {hasAct && (
            <th scope="col">
              <span className="tg-visually-hidden">{say.actions}</span>
            </th>
          )}
        </tr>
      </thead>
      <tbody>
        {invoices.map((invoice) => {
          const span = words.span(invoice.periodStart, invoice.periodEnd, 'UTC')
          return (
            <tr key={invoice.id}>
              <th scope="row">{span}</th>
              {hasPayment && (
                <td data-column="status" data-label={say.status}>
                  {invoice.payment ? (
                    <span className="tg-tag" data-state={invoice.payment}>
                      {say.payment(invoice.payment)}
                    </span>
                  ) : (
                    '—'
                  )}
                </td>
              )}
              <td data-label={say.amount}>{words.money(invoice.total, invoice.currency)}</td>
              {hasAct && (
                <td>
                  {invoiceHref ? (
                    <a
                      className="tg-link"
                      href={invoiceHref(invoice)}
                      aria-label={`${say.open}: ${span}`}
                    >
                      {say.open}
                    </a>
                  ) : (
                    <button
                      type="button"
                      className="tg-link"
                      aria-label={`${say.open}: ${span}`}
                      onClick={() => onOpenInvoice?.(invoice)}
                    >
                      {say.open}
                    </button>
                  )}
                </td>
              )}
            </tr>
          )
        })}
      </tbody>
    </table>
  )
}
