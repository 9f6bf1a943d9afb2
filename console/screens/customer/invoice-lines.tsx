import type { InvoicePreview, InvoiceWithLines } from '../../../src/client/index.ts'
import { exact, exactMoney, money } from '../../../src/react/format/index.ts'
import css from './invoice.module.css'

const STEP_TEXT: Readonly<Record<string, string>> = {
  price: 'price of the plan',
  included: 'included',
  units: 'past it',
  package: 'packages',
  fee: 'fee',
  past_cap: 'past the cap, not billed',
}

/** The lines of an invoice, and under each the arithmetic that leads to its amount. */
export const InvoiceLines = ({ of }: { readonly of: InvoicePreview | InvoiceWithLines }) => (
  <table className={css.lines}>
    <tbody>
      {of.lines.map(({ line, description, amount, exactAmount, steps }) => (
        <tr key={line}>
          <td>
            {description}
            {steps.map(({ kind, quantity, price, amount }, index) => (
              <small key={index}>
                {STEP_TEXT[kind] ?? kind.replace('_', ' ')}
                {quantity !== undefined && `: ${exact(quantity)}`}
                {price !== undefined && ` × ${exactMoney(price, of.currency)}`}
                {(price !== undefined || kind !== 'included') &&
                  ` = ${exactMoney(amount, of.currency)}`}
              </small>
            ))}
          </td>
          <td title={exactMoney(exactAmount, of.currency)}>{money(amount, of.currency)}</td>
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
