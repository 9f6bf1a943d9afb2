import { Link } from '@tanstack/react-router'
import type { InvoicePreview, InvoiceWithLines } from '../../../src/client/index.ts'
import { exact, exactMoney, money } from '../../../src/react/format/index.ts'
import linkCss from '../../ui/link.module.css'
import { readable } from '../../ui/readable.ts'
import css from './invoice.module.css'

type Line = InvoicePreview['lines'][number]

const STEP_TEXT: Readonly<Record<string, string>> = {
  price: 'plan price',
  included: 'included',
  units: 'overage',
  package: 'packages',
  fee: 'fee',
  past_cap: 'above the cap, not billed',
}

/** The lines of an invoice, with the calculation below each. */
export const InvoiceLines = ({ of }: { readonly of: InvoicePreview | InvoiceWithLines }) => (
  <table className={css.lines}>
    <tbody>
      {of.lines.map((line) => (
        <tr key={line.line}>
          <td>
            <Description line={line} of={of} />
            <LineSteps line={line} currency={of.currency} />
          </td>
          <td title={exactMoney(line.exactAmount, of.currency)}>
            {money(line.amount, of.currency)}
          </td>
        </tr>
      ))}
    </tbody>
    <tfoot>
      <tr>
        <th scope="row">{of.state === 'draft' ? 'Total so far' : 'Total'}</th>
        <td>{money(of.total, of.currency)}</td>
      </tr>
    </tfoot>
  </table>
)

/** A usage line links to its events, except on a draft. */
const Description = ({
  line: { line, description, meter },
  of,
}: {
  readonly line: Line
  readonly of: InvoicePreview | InvoiceWithLines
}) =>
  of.state === 'final' && meter !== null ? (
    <Link
      to="/customers/$organizationId/billing/$invoiceId/$line"
      params={{ organizationId: of.organizationId, invoiceId: of.id, line: String(line) }}
      className={linkCss.link}
    >
      {readable(description)}
    </Link>
  ) : (
    readable(description)
  )

/** One step of a calculation: `past it: 5,000 × $0.001 = $5.00`. */
export const LineSteps = ({
  line: { steps },
  currency,
}: {
  readonly line: Pick<Line, 'steps'>
  readonly currency: string
}) =>
  steps.map(({ kind, quantity, price, amount }, index) => (
    <small key={index}>
      {STEP_TEXT[kind] ?? kind.replace('_', ' ')}
      {quantity !== undefined && `: ${exact(quantity)}`}
      {price !== undefined && ` × ${exactMoney(price, currency)}`}
      {(price !== undefined || kind !== 'included') && ` = ${exactMoney(amount, currency)}`}
    </small>
  ))
