import { requireAccount, tollgateFor } from '@/workspace/account'
import { Shell } from '../shell'
import { Invoices, Plans } from './parts'

export default async function Page() {
  const account = await requireAccount()
  const tollgate = await tollgateFor(account)
  const seesInvoices = account.rights.includes('invoices.read')
  const [plans, recommendation, overage] = await Promise.all([
    tollgate.subscriptions.plans(),
    tollgate.usage.recommendation(),
    tollgate.usage.overage(),
  ])
  const read = {
    'subscriptions.plans': plans,
    'usage.recommendation': recommendation,
    'usage.overage': overage,
  }
  const invoices = seesInvoices && {
    'invoices.preview': await tollgate.invoices.preview(),
    'invoices.list': { ...(await tollgate.invoices.list({ limit: 12 })) },
  }
  return (
    <Shell here="/plan" initialData={{ ...read, ...invoices }}>
      <h1>Plan and invoices</h1>
      <Plans mayChoose={account.rights.includes('plan.manage')} />
      {seesInvoices ? (
        <Invoices />
      ) : (
        <p className="quiet">Invoices are shown to owners, admins and whoever does the billing.</p>
      )}
    </Shell>
  )
}
