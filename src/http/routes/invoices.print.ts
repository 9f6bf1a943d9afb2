import { invoicePage } from '../invoice-page.ts'
import { organizationParameters } from '../organization-parameters.ts'
import { idParameterSchema } from '../parameters.ts'
import { defineRoute } from '../route.ts'

/** An invoice as a page to print, or to keep as PDF from the browser. */
export const invoicesPrint = defineRoute({
  operationId: 'invoices.print',
  method: 'get',
  path: '/api/organizations/{orgId}/invoices/{invoiceId}/print',
  access: 'invoices.read',
  organization: 'path',
  tag: 'Billing',
  summary: 'An invoice to print',
  description: 'A page for paper, or for “Save as PDF”: it needs no script and loads nothing.',
  params: organizationParameters.extend({ invoiceId: idParameterSchema }),
  answers: { 200: { description: 'The page.', mediaType: 'text/html' } },
  problems: ['not_found'],
  run: async ({ tollgate, organizationId, params: { invoiceId } }) => {
    const [organization, invoice] = await Promise.all([
      tollgate.organizations.get(organizationId),
      tollgate.billing.invoice(organizationId, invoiceId),
    ])
    const { html, contentSecurityPolicy } = await invoicePage(invoice, organization.name)
    return new Response(html, {
      headers: {
        'content-type': 'text/html; charset=utf-8',
        'content-security-policy': contentSecurityPolicy,
        'cache-control': 'private, no-store',
      },
    })
  },
})
