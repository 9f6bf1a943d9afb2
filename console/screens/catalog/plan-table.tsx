import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import {
  BEHAVIOR_TEXT,
  exactMoney,
  limitText,
  maximumOf,
  meterText,
  plain,
  price,
  sentence,
  unitPrice,
} from '../../../src/react/format/index.ts'
import linkCss from '../../ui/link.module.css'
import { Panel } from '../../ui/panel.tsx'
import css from './catalog.module.css'
import { type CatalogDocument, type CatalogPlan, limitKey } from './document.ts'

/** Compares plans: one column per plan, one row per property. */
export const PlanTable = ({ document }: { readonly document: CatalogDocument }) => {
  const { plans } = document
  const limits = [...new Set(plans.flatMap((plan) => plan.limits.map(limitKey)))]
  const rates = [...new Set(plans.flatMap(({ overageRates }) => Object.keys(overageRates)))]
  const features = [...new Set(plans.flatMap(({ features }) => Object.keys(features)))]
  return (
    <Panel
      title="Plans, side by side"
      note="limits are by organization unless they say otherwise"
      isFlush
    >
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: scrollable areas need keyboard access */}
      <section className={css.scroll} aria-label="Plans" tabIndex={0}>
        <table className={css.plans}>
          <thead>
            <tr>
              <th scope="col">Per month</th>
              {plans.map(({ key, name, monthlyPriceUsd, public: isPublic }) => (
                <th key={key} scope="col">
                  <Link
                    to="/catalog/$catalog/edit"
                    params={{ catalog: document.key }}
                    search={{ plan: key }}
                    className={linkCss.link}
                  >
                    {name}
                  </Link>
                  <strong>{price(monthlyPriceUsd)}</strong>
                  <small>
                    {key}
                    {isPublic ? '' : ', not public'}
                  </small>
                </th>
              ))}
            </tr>
          </thead>
          <Rows title="Limits">
            {limits.map((key) => (
              <LimitRow key={key} limit={key} plans={plans} />
            ))}
          </Rows>
          {rates.length > 0 && (
            <Rows title="Past an overage limit">
              {rates.map((meter) => (
                <tr key={meter}>
                  <th scope="row">{sentence(meterText(meter))}</th>
                  {plans.map(({ key, overageRates }) => (
                    <td key={key}>{rateText(meter, overageRates[meter])}</td>
                  ))}
                </tr>
              ))}
            </Rows>
          )}
          {features.length > 0 && (
            <Rows title="Features">
              {features.map((feature) => (
                <tr key={feature}>
                  <th scope="row">{sentence(meterText(feature))}</th>
                  {plans.map(({ key, features }) => (
                    <td key={key}>{featureText(features[feature])}</td>
                  ))}
                </tr>
              ))}
            </Rows>
          )}
        </table>
      </section>
    </Panel>
  )
}

const Rows = ({ title, children }: { readonly title: string; readonly children: ReactNode }) => (
  <tbody>
    <tr>
      <th scope="rowgroup" colSpan={99} className={css.group}>
        {title}
      </th>
    </tr>
    {children}
  </tbody>
)

const LimitRow = ({
  limit,
  plans,
}: {
  readonly limit: string
  readonly plans: readonly CatalogPlan[]
}) => {
  const [meter = '', window = '', per] = limit.split('/')
  return (
    <tr>
      <th scope="row">
        {sentence(limitText(meter, window))}
        {per !== undefined && `, each ${plain(per)}`}
      </th>
      {plans.map((plan) => {
        const own = plan.limits.find((one) => limitKey(one) === limit)
        return (
          <td key={plan.key}>
            {own ? (
              <>
                {maximumOf(meter, own.max)}
                {own.max !== null && <small>{BEHAVIOR_TEXT[own.behavior]}</small>}
              </>
            ) : (
              <span className={css.none}>no limit</span>
            )}
          </td>
        )
      })}
    </tr>
  )
}

const rateText = (meter: string, rate: CatalogPlan['overageRates'][string] | undefined): string => {
  if (rate === undefined) return '—'
  if (typeof rate === 'string') return unitPrice(meter, rate)
  if (rate.model === 'flat') return unitPrice(meter, rate.unitPrice)
  if (rate.model === 'package') return `${exactMoney(rate.packagePrice)} for ${rate.packageSize}`
  return `${rate.model}, ${rate.tiers.length} tiers`
}

const featureText = (feature: CatalogPlan['features'][string] | undefined): string => {
  if (feature === undefined || feature === false) return '—'
  if (feature === true) return 'yes'
  return typeof feature === 'object' ? `by ${meterText(feature.metered)}` : String(feature)
}
