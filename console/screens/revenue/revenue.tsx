import { exactMoney, isSomething, money } from '../../../src/react/format/index.ts'
import { useRead } from '../../api/use-api.ts'
import { Block } from '../../ui/block.tsx'
import { Screen } from '../../ui/panel.tsx'
import { Tile, Tiles } from '../../ui/tiles.tsx'
import { useTitle } from '../../ui/use-title.ts'
import { ByMonth } from './by-month.tsx'
import { Margins } from './margins.tsx'
import { Trials } from './trials.tsx'

export const Revenue = () => {
  useTitle('Revenue')
  const overview = useRead(
    ['analytics', 'overview'],
    ({ analytics }, options) => analytics.overview({}, options),
    { poll: true },
  )
  return (
    <Screen title="Revenue" note="US dollars; usage is of running billing periods, so far">
      <Block of={overview} lines={3}>
        {(of) => (
          <Tiles label="Revenue now">
            <Tile name="MRR" value={money(of.mrrUsd)} note="prices of plans in force, now" />
            <Tile name="ARR" value={money(of.arrUsd)} note="12 × MRR" />
            <Tile
              name="Overage so far"
              value={money(of.overageRevenueUsd)}
              exact={exactMoney(of.overageRevenueUsd)}
              note="running billing periods"
              tone={isSomething(of.overageRevenueUsd) ? 'overage' : undefined}
            />
            <Tile
              name="Model cost"
              value={money(of.modelCostUsd)}
              exact={exactMoney(of.modelCostUsd)}
              note="this calendar month, UTC"
            />
          </Tiles>
        )}
      </Block>
      <ByMonth />
      <Margins />
      <Trials />
    </Screen>
  )
}
