import type { LimitOutlook, UsageDashboard, UsageWarning } from '../../contract/insight.ts'
import { useWords } from '../hooks/context.ts'
import {
  BlockNote,
  type BlockReading,
  Heading,
  isWithoutData,
  StaleNote,
} from '../parts/block-state.tsx'
import { type Common, classesOf } from '../parts/names.ts'
import { Root } from '../parts/root.tsx'
import type { Words } from '../words/words.ts'
import { DailyChart } from './daily-chart.tsx'
import { DashboardSkeleton } from './dashboard-skeleton.tsx'
import { EventTypes } from './event-types.tsx'
import { LimitRow } from './limit-row.tsx'
import { Tiles } from './tiles.tsx'
import { Warnings } from './warnings.tsx'

type Dashboard = UsageDashboard['dashboard']

export type DashboardSection = 'warnings' | 'figures' | 'chart' | 'limits' | 'eventTypes'

export interface DashboardData {
  readonly overview: Dashboard['overview']
  readonly events: Dashboard['events']
  readonly analytics: Pick<Dashboard['analytics'], 'dailyUsage' | 'forecast'>
  readonly users?: Pick<Dashboard['users'], 'active'> | undefined
  readonly limits?: readonly LimitOutlook[] | undefined
  readonly warnings?: readonly UsageWarning[] | undefined
  /** When the figures were read, ISO 8601. */
  readonly at?: string | undefined
  /** The time zone of the days. */
  readonly timezone?: string | undefined
  readonly period?: { readonly start: string; readonly end: string } | undefined
  readonly plan?: string | undefined
}

export interface DashboardLook extends Common {
  /** The sections to show; all by default. */
  readonly sections?: readonly DashboardSection[] | undefined
  /** Shows an upgrade button beside reached limits. */
  readonly onUpgrade?: (() => void) | undefined
}

const ALL: readonly DashboardSection[] = ['warnings', 'figures', 'chart', 'limits', 'eventTypes']

interface ViewProps extends DashboardLook {
  readonly data: DashboardData | undefined
  readonly reading?: BlockReading | undefined
}

/** Renders from props alone, so server and browser produce the same markup. */
export const UsageDashboardView = ({ data, reading, sections = ALL, ...look }: ViewProps) => {
  const words = useWords()
  const { say } = words
  const classOf = classesOf('dashboard', look.parts)
  const status = reading?.status ?? 'ready'
  const shows = (section: DashboardSection) => sections.includes(section)
  if (!data) {
    return (
      <Root
        block="dashboard"
        label={say.usage}
        state={status}
        isBusy={status === 'loading'}
        {...look}
      >
        {reading && isWithoutData(status) ? (
          <BlockNote reading={reading} />
        ) : (
          <DashboardSkeleton sections={sections} label={say.loading} />
        )}
      </Root>
    )
  }
  const { overview, events, analytics, limits, warnings, at, period } = data
  const zone = data.timezone ?? 'UTC'
  const isOfCredits = analytics.dailyUsage.some(({ credits }) => credits !== 0)
  return (
    <Root block="dashboard" label={say.usage} state={status} {...look}>
      {status === 'stale' && (
        <StaleNote clock={at ? words.clock(at, zone) : '—'} retry={reading?.retry} />
      )}
      <header className={classOf('header')}>
        <h2 className="tg-title">{say.usage}</h2>
        {period && (
          <p className={classOf('period')}>
            {say.period} <b>{words.span(period.start, period.end, 'UTC')}</b>
            {at && ` · ${say.timeLeft(words.stretch(leftMs(period.end, at)))}`}
          </p>
        )}
        {at && <p className={classOf('asof')}>{say.asOf(words.clock(at, zone), zoneName(zone))}</p>}
      </header>
      {shows('warnings') && warnings && warnings.length > 0 && (
        <Warnings
          {...{ warnings, limits, classOf, onUpgrade: look.onUpgrade }}
          withoutForecasts={false}
        />
      )}
      {shows('figures') && <Tiles {...{ overview, events, classOf }} users={data.users} />}
      {(shows('chart') || (shows('limits') && limits)) && (
        <div className={classOf('columns')}>
          {shows('chart') && (
            <div className={classOf('column')}>
              <DailyChart
                days={analytics.dailyUsage}
                figure={isOfCredits ? 'credits' : 'events'}
                classOf={classOf}
              />
              <p className={classOf('forecast')}>{forecastText(words, analytics, isOfCredits)}</p>
            </div>
          )}
          {shows('limits') && limits && (
            <div className={classOf('column')}>
              <Heading>{say.limits}</Heading>
              {limits.length === 0 ? (
                <p className="tg-empty">{say.noLimits}</p>
              ) : (
                <ul className={classOf('limits')}>
                  {limits.map((limit) => (
                    <LimitRow
                      key={limit.limit}
                      {...{ limit, warnings, at }}
                      className={`tg-limit-row ${look.parts?.limit ?? ''}`.trim()}
                    />
                  ))}
                </ul>
              )}
            </div>
          )}
        </div>
      )}
      {shows('eventTypes') && <EventTypes events={events} classOf={classOf} />}
    </Root>
  )
}

const forecastText = (
  words: Words,
  { forecast }: DashboardData['analytics'],
  isOfCredits: boolean,
): string => {
  const { say, amount } = words
  const { expected, low, high, endsAt } = isOfCredits ? forecast.credits : forecast.events
  if (expected === null) return say.noForecast
  const whole = (value: number) => amount(Math.round(value))
  return say.forecast({
    expected: whole(expected),
    low: low === null ? undefined : whole(low),
    high: high === null ? undefined : whole(high),
    date: words.date(new Date(Date.parse(endsAt) - 1).toISOString(), 'UTC'),
    unit: isOfCredits ? say.credits : say.calls,
  })
}

const leftMs = (end: string, at: string): number => Math.max(0, Date.parse(end) - Date.parse(at))

/** The display name of a zone: `UTC`, or `Berlin`. */
const zoneName = (zone: string): string => (zone.split('/').at(-1) ?? zone).replaceAll('_', ' ')
