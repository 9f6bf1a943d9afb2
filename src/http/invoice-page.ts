import { createHash } from 'node:crypto'
import { html, raw } from 'hono/html'
import type { InvoiceWithLines } from '../contract/billing.ts'
import { decimalWords, moneyWords } from '../core/amount-words.ts'

type Line = InvoiceWithLines['lines'][number]

const NOTHING_ELSE =
  "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

const STYLE = `
:root { color-scheme: light }
* { box-sizing: border-box }
body {
  margin: 0 auto; padding: 3rem 2rem; max-width: 52rem; background: #fff; color: #1b1f27;
  font: 1rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif;
}
header { display: flex; justify-content: space-between; gap: 2rem; margin-bottom: 2.5rem }
h1 { margin: 0; font-size: 1.75rem }
dl { display: grid; grid-template-columns: auto auto; gap: .125rem 1.5rem; margin: 0 }
dt { color: #5d6675 }
dd { margin: 0; text-align: right; font-variant-numeric: tabular-nums; overflow-wrap: anywhere }
table { width: 100%; border-collapse: collapse }
th { text-align: left; font-weight: 600; border-bottom: 2px solid #1b1f27; padding: .5rem 0 }
td { vertical-align: top; border-bottom: 1px solid #e2e5ea; padding: .75rem 0 }
th:last-child, td:last-child { text-align: right; white-space: nowrap; padding-left: 2rem }
td:last-child, tfoot td { font-variant-numeric: tabular-nums }
ul { margin: .25rem 0 0; padding: 0; list-style: none; color: #5d6675; font-size: .875rem }
tfoot td { border: 0; padding: .375rem 0 }
tfoot tr:first-child td { padding-top: 1rem }
tfoot .due td { font-weight: 650; font-size: 1.125rem }
footer { margin-top: 3rem; color: #5d6675; font-size: .875rem }
tr { break-inside: avoid }
@page { margin: 18mm }
@media print { body { padding: 0; max-width: none } }
`

/**
 * Renders an invoice for printing: each line with its arithmetic, and sums that add up as printed.
 * All content is escaped. The policy allows only the page's own style.
 */
export const invoicePage = async (
  invoice: InvoiceWithLines,
  customer: string,
): Promise<{ readonly html: string; readonly contentSecurityPolicy: string }> => {
  const { currency } = invoice
  const hash = createHash('sha256').update(STYLE).digest('base64')
  const page = await html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Invoice ${invoice.id}</title>
<style>${raw(STYLE)}</style>
</head>
<body>
<header>
<div><h1>Invoice</h1><p>${customer}</p></div>
<dl>
<dt>Number</dt><dd>${invoice.id}</dd>
<dt>Date</dt><dd>${dayOf(invoice.createdAt)}</dd>
<dt>Period</dt><dd>${dayOf(invoice.periodStart)} to ${lastDayOf(invoice.periodEnd)}</dd>
<dt>Currency</dt><dd>${currency}</dd>
</dl>
</header>
<table>
<thead><tr><th scope="col">For</th><th scope="col">Amount</th></tr></thead>
<tbody>
${invoice.lines.map((line) => lineRow(line, currency))}
</tbody>
<tfoot>
<tr><td>Total without tax</td><td>${decimalWords(invoice.total)}</td></tr>
<tr class="due"><td>Due</td><td>${amountOf(invoice, invoice.dueMinorUnits)} ${currency}</td></tr>
${
  invoice.carriedMinorUnits > 0
    ? html`<tr><td>Credit carried to the next invoice</td>
<td>${amountOf(invoice, invoice.carriedMinorUnits)}</td></tr>`
    : ''
}
</tfoot>
</table>
<footer>Periods are in UTC. Each line is rounded once, half away from zero, and the total is the
sum of the lines.</footer>
</body>
</html>
`
  return {
    html: String(page),
    contentSecurityPolicy: `${NOTHING_ELSE}; style-src 'sha256-${hash}'`,
  }
}

const lineRow = ({ description, amount, steps }: Line, currency: string) => html`<tr>
<td>${description}
<ul>${steps.map((step) => html`<li>${stepText(step, currency)}</li>`)}</ul>
</td>
<td>${decimalWords(amount)}</td>
</tr>`

/** Formats a step: `units: 5,000 × 0.001 USD = 5 USD`, and its price. */
const stepText = (
  { kind, quantity, price, amount, priceId }: Line['steps'][number],
  currency: string,
): string => {
  const product = [
    ...(quantity === undefined ? [] : [decimalWords(quantity)]),
    ...(price === undefined ? [] : [moneyWords(price, currency)]),
  ].join(' × ')
  const cost = moneyWords(amount, currency)
  const sum = kind === 'included' ? product : product === '' ? cost : `${product} = ${cost}`
  return `${kind.replaceAll('_', ' ')}: ${sum} (${priceId})`
}

const dayOf = (instant: string): string => instant.slice(0, 10)

/** The last day of a period; `end` is the first instant after it. */
const lastDayOf = (end: string): string => dayOf(new Date(Date.parse(end) - 1).toISOString())

/** Formats minor units with as many decimals as the invoice's total. */
const amountOf = ({ total }: InvoiceWithLines, minorUnits: number): string => {
  const decimals = total.includes('.') ? total.length - total.indexOf('.') - 1 : 0
  const digits = String(minorUnits).padStart(decimals + 1, '0')
  return decimalWords(
    decimals === 0 ? digits : `${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`,
  )
}
