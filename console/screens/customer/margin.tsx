import {
  exactMoney,
  isNegative,
  money,
  percent,
  spanText,
  UTC,
} from '../../../src/react/format/index.ts'
import { useRead } from '../../api/use-api.ts'
import { Block } from '../../ui/block.tsx'
import { Panel } from '../../ui/panel.tsx'
import { State } from '../../ui/state.tsx'
import css from './invoice.module.css'

/** Revenue minus model cost, by billing period. */
export const Margin = ({ organizationId }: { readonly organizationId: string }) => {
  const margin = useRead(['customer', organizationId, 'margin'], ({ analytics }, options) =>
    analytics.margin({ organizationId }, options),
  )
  return (
    <Panel title="Margin by period" note="revenue less model cost" isFlush>
      <Block of={margin} lines={4}>
        {({ periods }) => (
          <table className={css.lines}>
            <tbody>
              {periods.map((period) => (
                <tr key={period.start}>
                  <td>
                    {spanText(period, UTC)}
                    {period.complete ? '' : ', so far'}
                    <small title={exactMoney(period.modelCostUsd)}>
                      {money(period.revenueUsd)} − {money(period.modelCostUsd)} of models
                    </small>
                  </td>
                  <td title={exactMoney(period.marginUsd)}>
                    {isNegative(period.marginUsd) ? (
                      <State tone="reached">{money(period.marginUsd)}</State>
                    ) : (
                      money(period.marginUsd)
                    )}
                    <small>{percent(period.marginPercent)}</small>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
      </Block>
    </Panel>
  )
}
