import type { ReactNode } from 'react'
import { accountOf, isAdministrator, tollgateFor } from '@/workspace/account'
import { BillingProvider, Standing, Warning } from './billing-provider'

const PAGES = [
  { href: '/', name: 'Workspace' },
  { href: '/usage', name: 'Usage' },
  { href: '/plan', name: 'Plan and invoices' },
  { href: '/keys', name: 'API keys' },
] as const

interface Props {
  readonly here: (typeof PAGES)[number]['href']
  /** The page's own data, besides the figures on every page. */
  readonly initialData?: Readonly<Record<string, unknown>>
  readonly children: ReactNode
}

/** The frame around every page: navigation, remaining usage, and warnings. */
export const Shell = async ({ here, initialData, children }: Props) => {
  const account = await accountOf()
  if (!account) {
    return (
      <Frame here={here} isAdmin={await isAdministrator()}>
        {children}
      </Frame>
    )
  }
  const tollgate = await tollgateFor(account)
  const [dashboard, current] = await Promise.all([
    tollgate.usage.dashboard(),
    tollgate.usage.current(),
  ])
  const { userId, organizationId, organizationName } = account
  return (
    // A new user gets a new token; a new page gets new figures.
    <BillingProvider
      key={`${userId} ${here}`}
      organizationId={organizationId}
      initialData={{ 'usage.dashboard': dashboard, 'usage.current': current, ...initialData }}
    >
      <Frame
        here={here}
        account={
          <div className="account">
            <span className="quiet">
              {userId} of {organizationName}
            </span>
            <Standing />
          </div>
        }
      >
        <Warning />
        {children}
      </Frame>
    </BillingProvider>
  )
}

interface FrameProps {
  readonly here: string
  readonly isAdmin?: boolean
  readonly account?: ReactNode
  readonly children: ReactNode
}

const Frame = ({ here, isAdmin = false, account, children }: FrameProps) => (
  <>
    <header className="top">
      <strong>AI workspace</strong>
      <nav>
        {PAGES.map(({ href, name }) => (
          <a key={href} href={href} aria-current={href === here ? 'page' : undefined}>
            {name}
          </a>
        ))}
        <a href="/billing/docs">API of the billing</a>
        {isAdmin && <a href="/billing/console">Console</a>}
      </nav>
      {account}
    </header>
    <main>{children}</main>
  </>
)
