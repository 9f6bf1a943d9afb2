import { useNavigate, useParams, useSearch } from '@tanstack/react-router'
import type { DailyUsage } from '../../../src/client/index.ts'
import { BarChart, type ChartData } from '../../../src/react/charts/index.ts'
import {
  compact,
  counted,
  dayText,
  exact,
  spanText,
  type TimeStyle,
  weekdayText,
  zoneText,
} from '../../../src/react/format/index.ts'
import { useRead } from '../../api/use-api.ts'
import { useTimeStyle } from '../../shell/zone.ts'
import { Block, Empty } from '../../ui/block.tsx'
import { Field } from '../../ui/field.tsx'
import { Halves, Panel, Stack } from '../../ui/panel.tsx'
import { AmountTile, ModelCostTile, Tiles } from '../../ui/tiles.tsx'
import { useTitle } from '../../ui/use-title.ts'
import { Endpoints } from './endpoints.tsx'
import { Patterns } from './patterns.tsx'
import { TopUsers } from './top-users.tsx'
import { UsageOverTime } from './usage-over-time.tsx'

const RANGES = [7, 30, 90, 365] as const
const DEFAULT_DAYS = 30

/** A customer's usage by day and over time, by group. */
export const CustomerUsage = () => {
  const { organizationId } = useParams({ from: '/customers/$organizationId' })
  const search = useSearch({ from: '/customers/$organizationId/usage' })
  const days = RANGES.find((one) => one === search.days) ?? DEFAULT_DAYS
  const navigate = useNavigate({ from: '/customers/$organizationId/usage' })
  const style = useTimeStyle()
  const timezone = style.timeZone
  useTitle(organizationId, 'Usage')
  const daily = useRead(
    ['customer', organizationId, 'daily', days, timezone],
    ({ usage }, options) => usage.daily({ organizationId, days, timezone }, options),
  )
  return (
    <Stack>
      <Block of={daily} shape="board">
        {(answer) => (
          <>
            <Totals of={answer} />
            <Panel
              title="By day"
              note={`${spanText({ start: answer.from, end: answer.to }, style)}, days of ${zoneText(answer.timezone)}`}
              acts={
                <Field label="Range" isInline>
                  {(control) => (
                    <select
                      {...control}
                      value={days}
                      onChange={(event) =>
                        navigate({
                          search: (now) => ({ ...now, days: Number(event.target.value) }),
                        })
                      }
                    >
                      {RANGES.map((range) => (
                        <option key={range} value={range}>
                          last {range} days
                        </option>
                      ))}
                    </select>
                  )}
                </Field>
              }
            >
              <Daily of={answer} style={style} />
            </Panel>
            <UsageOverTime
              organizationId={organizationId}
              startDate={answer.from}
              days={days}
              timezone={timezone}
            />
          </>
        )}
      </Block>
      <Endpoints organizationId={organizationId} days={days} timezone={timezone} />
      <Halves>
        <Patterns organizationId={organizationId} />
        <TopUsers organizationId={organizationId} />
      </Halves>
    </Stack>
  )
}

const Totals = ({ of: { total } }: { readonly of: DailyUsage }) => (
  <Tiles label="In this range">
    <AmountTile name="Calls" amount={total.events} note={counted(total.errors, 'error')} />
    <AmountTile name="Credits" amount={total.credits} note="priced by the catalog" />
    <ModelCostTile costUsd={total.costUsd} unpriced={total.unpriced} />
    <AmountTile
      name="Input tokens"
      amount={total.inputTokens}
      note={`${compact(total.cachedInputTokens)} of them cached`}
    />
    <AmountTile
      name="Output tokens"
      amount={total.outputTokens}
      note={`${compact(total.reasoningTokens)} of them reasoning`}
    />
  </Tiles>
)

const Daily = ({ of, style }: { readonly of: DailyUsage; readonly style: TimeStyle }) => {
  const { days, total, from, to } = of
  if (total.events === 0) {
    return <Empty title={`Nothing used between ${spanText({ start: from, end: to }, style)}`} />
  }
  const data: ChartData = {
    unit: 'calls',
    isCount: true,
    short: compact,
    full: exact,
    series: [
      { key: 'ok', name: 'Answered', hue: 1 },
      { key: 'errors', name: 'Errors', hue: 'bad' },
    ],
    buckets: days.map((day, index) => ({
      key: day.date,
      label: dayText(day.from, style),
      longLabel: weekdayText(day.from, style) + (day.hours === 24 ? '' : ` (${day.hours} h)`),
      complete: index < days.length - 1,
      values: { ok: day.events - day.errors, errors: day.errors },
    })),
  }
  return (
    <BarChart
      data={data}
      height={232}
      fileName={`${of.organizationId}-calls`}
      summary={`${counted(total.events, 'call')} by day, ${counted(total.errors, 'error')}.`}
    />
  )
}
