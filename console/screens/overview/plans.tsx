import { Link } from '@tanstack/react-router'
import type { AnalyticsOverview } from '../../../src/client/index.ts'
import { huesOf, ShareBar } from '../../../src/react/charts/index.ts'
import { counted, money } from '../../../src/react/format/index.ts'
import { Panel } from '../../ui/panel.tsx'
import css from './overview.module.css'

/** Who is on which plan, as one bar and its words. */
export const Plans = ({
  plans,
}: {
  readonly plans: AnalyticsOverview['organizations']['byPlan']
}) => {
  const hues = huesOf(plans.map(({ plan }) => plan))
  const seen = plans.filter(({ active }) => active > 0)
  return (
    <Panel title="Plans" note="active customers, now">
      <ShareBar
        label={seen.map(({ plan, active }) => `${plan}: ${counted(active, 'customer')}`).join('; ')}
        parts={seen.map(({ plan, active }) => ({
          series: { key: plan, name: plan, hue: hues.get(plan) ?? 0 },
          value: active,
        }))}
      />
      <ul className={css.plans}>
        {seen.map(({ plan, active, mrrUsd }) => (
          <li key={plan}>
            <svg width="10" height="10" aria-hidden="true">
              <rect width="10" height="10" rx="2" className={`tg-hue-${hues.get(plan)}`} />
            </svg>
            <Link to="/customers" search={{ plan }} className={css.plan} title={plan}>
              {plan}
            </Link>
            <span>{active}</span>
            <span>{money(mrrUsd)}</span>
          </li>
        ))}
      </ul>
    </Panel>
  )
}
