import { Link } from '@tanstack/react-router'
import type { AnalyticsOverview } from '../../../src/client/index.ts'
import { huesOf, ShareBar } from '../../../src/react/charts/index.ts'
import { counted, exactMoney, money } from '../../../src/react/format/index.ts'
import { Panel } from '../../ui/panel.tsx'
import { PlanName, usePlanNames } from '../../ui/plan-name.tsx'
import css from './overview.module.css'

/** The customers by plan, as one bar with a legend. */
export const Plans = ({
  plans,
}: {
  readonly plans: AnalyticsOverview['organizations']['byPlan']
}) => {
  const nameOf = usePlanNames()
  const hues = huesOf(plans.map(({ plan }) => plan))
  const seen = plans.filter(({ active }) => active > 0)
  return (
    <Panel title="Plans" note="active customers, now">
      <ShareBar
        label={seen
          .map(({ plan, active }) => `${nameOf(plan)}: ${counted(active, 'customer')}`)
          .join('; ')}
        parts={seen.map(({ plan, active }) => ({
          series: { key: plan, name: nameOf(plan), hue: hues.get(plan) ?? 0 },
          value: active,
        }))}
      />
      <ul className={css.plans}>
        <li className={css.planHead} aria-hidden="true">
          <span />
          <span>Plan</span>
          <span>Customers</span>
          <span>A month</span>
        </li>
        {seen.map(({ plan, active, mrrUsd }) => (
          <li key={plan}>
            <svg width="10" height="10" aria-hidden="true">
              <rect width="10" height="10" rx="2" className={`tg-hue-${hues.get(plan)}`} />
            </svg>
            <Link to="/customers" search={{ plan }} className={css.plan}>
              <PlanName plan={plan} />
            </Link>
            <span>
              {active}
              <span className="tg-visually-hidden"> {active === 1 ? 'customer' : 'customers'}</span>
            </span>
            <span title={exactMoney(mrrUsd)}>
              {money(mrrUsd)}
              <span className="tg-visually-hidden"> a month</span>
            </span>
          </li>
        ))}
      </ul>
    </Panel>
  )
}
