import { Link, Outlet, useParams } from '@tanstack/react-router'
import { useState } from 'react'
import { monthlyPrice } from '../../../src/react/format/index.ts'
import { useRead } from '../../api/use-api.ts'
import { useIsOperator, useMay } from '../../session/rights.ts'
import { Block, Empty } from '../../ui/block.tsx'
import { ButtonLink } from '../../ui/button.tsx'
import { Copy } from '../../ui/copy.tsx'
import linkCss from '../../ui/link.module.css'
import { Screen } from '../../ui/panel.tsx'
import { usePlanNames } from '../../ui/plan-name.tsx'
import { Tabs, tabClass } from '../../ui/tabs.tsx'
import css from './customer.module.css'
import { CustomerActs } from './customer-acts.tsx'
import { PeriodBar } from './period-bar.tsx'
import { SubscriptionState } from './subscription-state.tsx'
import { useLiveUsage } from './use-live-usage.ts'

/** The tabs, with the right that each requires. */
const TABS = [
  ['/customers/$organizationId', 'Summary', 'usage.read'],
  ['/customers/$organizationId/usage', 'Usage', 'usage.read'],
  ['/customers/$organizationId/events', 'Events', 'usage.read'],
  ['/customers/$organizationId/limits', 'Limits', 'limits.read'],
  ['/customers/$organizationId/credits', 'Credits', 'usage.read'],
  ['/customers/$organizationId/billing', 'Billing', 'invoices.read'],
  ['/customers/$organizationId/access', 'Access', 'members.read'],
  ['/customers/$organizationId/alerts', 'Alerts', 'alerts.read'],
  ['/customers/$organizationId/webhooks', 'Webhooks', 'webhooks.read'],
  ['/customers/$organizationId/audit', 'Audit', 'audit.read'],
] as const

/** A customer's page: a header with its identity, and tabs below. */
export const Customer = () => {
  const { organizationId } = useParams({ from: '/customers/$organizationId' })
  const [isActing, setIsActing] = useState(false)
  const organization = useRead(['customer', organizationId], ({ organizations }, options) =>
    organizations.get({ organizationId }, options),
  )
  const subscription = useRead(
    ['customer', organizationId, 'subscription'],
    ({ subscriptions }, options) => subscriptions.get({ organizationId }, options),
  )
  const isLive = useLiveUsage(organizationId)
  const isOperator = useIsOperator()
  const may = useMay(organizationId)
  const nameOf = usePlanNames()
  if (organization.error?.code === 'not_found') {
    return (
      <Screen title="No such customer">
        <Empty
          title={`No customer has the id “${organizationId}”`}
          act={
            isOperator ? (
              <ButtonLink to="/customers">All customers</ButtonLink>
            ) : (
              <ButtonLink to="/">Home</ButtonLink>
            )
          }
        >
          The link may be wrong, or of another installation.
        </Empty>
      </Screen>
    )
  }
  return (
    <div className={css.page}>
      <Block of={organization} lines={3}>
        {({ name, id, status, plan }) => (
          <header className={css.head}>
            <div className={css.crumb}>
              {isOperator ? <Link to="/customers">Customers</Link> : <Link to="/">Home</Link>}
              <Copy text={id} />
              {isLive && <span className={css.live}>live</span>}
            </div>
            <CustomerActs
              organizationId={id}
              name={name}
              isClosed={status === 'closed'}
              subscription={subscription.data}
              isOpen={isActing}
              onOpen={setIsActing}
            />
            <div className={css.title}>
              <h1>{name}</h1>
              {subscription.data && (
                <SubscriptionState of={subscription.data} isClosed={status === 'closed'} />
              )}
              {isOperator ? (
                <Link
                  to="/catalog"
                  search={{ catalog: plan.split('/')[0] }}
                  className={linkCss.link}
                  title={plan}
                >
                  {nameOf(plan)}
                </Link>
              ) : (
                <span>{nameOf(plan)}</span>
              )}
              {subscription.data && (
                <span className={css.muted}>
                  v{subscription.data.planVersion},{' '}
                  {monthlyPrice(subscription.data.monthlyPriceUsd)}
                </span>
              )}
              {subscription.data && <PeriodBar period={subscription.data.currentPeriod} />}
            </div>
          </header>
        )}
      </Block>
      <Tabs label="Of this customer">
        {TABS.filter(([, , right]) => may(right)).map(([to, word]) => (
          <Link
            key={to}
            to={to}
            params={{ organizationId }}
            className={tabClass}
            activeOptions={{ exact: to === '/customers/$organizationId', includeSearch: false }}
          >
            {word}
          </Link>
        ))}
      </Tabs>
      <Outlet />
    </div>
  )
}
