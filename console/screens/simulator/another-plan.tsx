import { useNavigate, useSearch } from '@tanstack/react-router'
import type { AnotherPlan } from '../../../src/client/index.ts'
import {
  amountOf,
  counted,
  exactMoney,
  limitText,
  maximumOf,
  meterText,
  money,
  monthlyPrice,
  price,
  sentence,
  spanText,
  UTC,
} from '../../../src/react/format/index.ts'
import { useRead } from '../../api/use-api.ts'
import { Block, Empty } from '../../ui/block.tsx'
import { Field } from '../../ui/field.tsx'
import { Panel } from '../../ui/panel.tsx'
import { usePlanNames } from '../../ui/plan-name.tsx'
import { State } from '../../ui/state.tsx'
import css from './simulator.module.css'

const CHOOSABLE = 200

/** The cost of a customer's current period on another plan. */
export const AnotherPlanPanel = () => {
  const { organization: organizationId = '', plan = '' } = useSearch({ from: '/simulator' })
  const navigate = useNavigate({ from: '/simulator' })
  const customers = useRead(['customers', 'choosable'], ({ analytics }, options) =>
    analytics.customers({ limit: CHOOSABLE, sort: 'name', status: 'active' }, options),
  )
  const plans = useRead(['catalog', 'plans'], ({ catalog }, options) =>
    catalog.plans.list({}, options),
  )
  const own = customers.data?.items.find((one) => one.organizationId === organizationId)?.plan
  const answer = useRead(
    ['customer', organizationId, 'another-plan', plan],
    ({ usage }, options) => usage.onAnotherPlan({ organizationId, plan }, options),
    { isWanted: organizationId !== '' && plan !== '' },
  )
  return (
    <Panel title="One customer on another plan" note="its current billing period so far">
      <div className={css.form}>
        <Field label="Customer">
          {(control) => (
            <select
              {...control}
              value={organizationId}
              onChange={(event) =>
                navigate({
                  search: (now) => ({ ...now, organization: event.target.value, plan: undefined }),
                })
              }
            >
              <option value="">choose</option>
              {customers.data?.items.map(({ organizationId, name }) => (
                <option key={organizationId} value={organizationId}>
                  {name}
                </option>
              ))}
            </select>
          )}
        </Field>
        <Field label="Plan">
          {(control) => (
            <select
              {...control}
              value={plan}
              disabled={own === undefined}
              onChange={(event) =>
                navigate({ search: (now) => ({ ...now, plan: event.target.value || undefined }) })
              }
            >
              <option value="">choose</option>
              {plans.data
                ?.filter(
                  ({ catalog, key }) =>
                    own?.startsWith(`${catalog}/`) && own !== `${catalog}/${key}`,
                )
                .map(({ catalog, key, name, monthlyPriceUsd }) => (
                  <option key={key} value={`${catalog}/${key}`}>
                    {name}, {monthlyPrice(monthlyPriceUsd)}
                  </option>
                ))}
            </select>
          )}
        </Field>
      </div>
      {organizationId === '' || plan === '' ? (
        <Empty title="Choose a customer and a plan">
          Both plans are priced for the customer’s actual usage in this period.
        </Empty>
      ) : (
        <Block of={answer} lines={6}>
          {(of) => <Sides of={of} />}
        </Block>
      )}
    </Panel>
  )
}

const Sides = ({ of }: { readonly of: AnotherPlan }) => {
  const { present, other } = of
  const namesOf = usePlanNames()
  // Both plans belong to one catalog, so its name is omitted.
  const nameOf = (plan: string) => namesOf(plan).replace(` of ${plan.split('/')[0]}`, '')
  const limits = [...new Set([...present.limits, ...other.limits].map(({ limit }) => limit))]
  const side = (outcome: AnotherPlan['present'], limit: string) =>
    outcome.limits.find((one) => one.limit === limit)
  return (
    <>
      <p className={css.muted}>
        {spanText(of.period, UTC)}.{' '}
        {of.refusals > 0 &&
          `${counted(of.refusals, 'call')} refused by the current plan are not included.`}
      </p>
      <table className={css.sides}>
        <thead>
          <tr>
            <th scope="col">In this period</th>
            <th scope="col" title={present.plan}>
              {nameOf(present.plan)}, now
            </th>
            <th scope="col" title={other.plan}>
              {nameOf(other.plan)}
            </th>
          </tr>
        </thead>
        <tbody>
          {limits.map((limit) => {
            const [now, then] = [side(present, limit), side(other, limit)]
            const { meter = '', window = '' } = now ?? then ?? {}
            return (
              <tr key={limit}>
                <th scope="row">{sentence(limitText(meter, window))}</th>
                {[now, then].map((outcome, index) => (
                  <td key={index === 0 ? 'now' : 'then'}>
                    <Outcome of={outcome} />
                  </td>
                ))}
              </tr>
            )
          })}
          <tr>
            <th scope="row">Price</th>
            <td>{price(present.monthlyPriceUsd)}</td>
            <td>{price(other.monthlyPriceUsd)}</td>
          </tr>
          <tr>
            <th scope="row">Overage</th>
            <td title={exactMoney(present.overageUsd)}>{money(present.overageUsd)}</td>
            <td title={exactMoney(other.overageUsd)}>{money(other.overageUsd)}</td>
          </tr>
          {other.missingFeatures.length > 0 && (
            <tr>
              <th scope="row">Missing features</th>
              <td>—</td>
              <td>
                <State tone="reached">{other.missingFeatures.map(meterText).join(', ')}</State>
              </td>
            </tr>
          )}
        </tbody>
        <tfoot>
          <tr>
            <th scope="row">
              {of.differenceUsd === null
                ? 'Total'
                : `Total; the difference is ${money(of.differenceUsd)}`}
            </th>
            <td>{money(present.totalUsd)}</td>
            <td>{money(other.totalUsd)}</td>
          </tr>
        </tfoot>
      </table>
    </>
  )
}

const Outcome = ({ of }: { readonly of: AnotherPlan['present']['limits'][number] | undefined }) => {
  if (!of) return <span className={css.muted}>no limit</span>
  if (of.refused > 0) {
    return (
      <State tone="reached">
        {amountOf(of.meter, of.refused)} refused past {maximumOf(of.meter, of.max)}
      </State>
    )
  }
  if (of.over > 0) {
    return (
      <State tone={of.behavior === 'overage' ? 'overage' : 'near'}>
        {amountOf(of.meter, of.over)} past {maximumOf(of.meter, of.max)}
      </State>
    )
  }
  return (
    <>
      {of.judged ? `${amountOf(of.meter, of.peak)} of ` : ''}
      {maximumOf(of.meter, of.max)}
    </>
  )
}
