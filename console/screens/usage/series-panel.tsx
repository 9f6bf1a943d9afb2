import type { Read } from '../../api/use-api.ts'
import { useCustomerNames } from '../../api/use-customer-names.ts'
import { Block } from '../../ui/block.tsx'
import { Choice } from '../../ui/choice.tsx'
import { Filters } from '../../ui/filters.tsx'
import { Panel } from '../../ui/panel.tsx'
import {
  GroupedSeries,
  METRIC_TEXT,
  SERIES_METRICS,
  SERIES_STEPS,
  type SeriesAnswer,
  type SeriesMetric,
  type SeriesStep,
} from './grouped-series.tsx'

const GROUP_TEXT = {
  organization: 'customer',
  eventType: 'event type',
  category: 'category',
  model: 'model',
  user: 'user',
  endpoint: 'endpoint',
} as const
type Group = keyof typeof GROUP_TEXT

interface SeriesPanelProps<By extends Group> {
  readonly series: Read<SeriesAnswer>
  readonly groups: readonly By[]
  readonly by: By
  readonly metric: SeriesMetric
  readonly onBy: (by: By) => void
  readonly onMetric: (metric: SeriesMetric) => void
  /** Absent if the screen fixes the step. */
  readonly step?: { readonly value: SeriesStep; readonly onSet: (step: SeriesStep) => void }
  readonly fileName: string
}

/** Usage over time by group, for the range of the screen. */
export const SeriesPanel = <By extends Group>({
  series,
  groups,
  by,
  metric,
  onBy,
  onMetric,
  step,
  fileName,
}: SeriesPanelProps<By>) => (
  <Panel
    title="Breakdown"
    note="the same range"
    acts={
      <Filters>
        <Choice
          label="Figure"
          value={metric}
          options={SERIES_METRICS}
          words={(one) => METRIC_TEXT[one]}
          onSet={onMetric}
        />
        <Choice
          label="Group by"
          value={by}
          options={groups}
          words={(one) => GROUP_TEXT[one]}
          onSet={onBy}
        />
        {step && (
          <Choice label="Step" value={step.value} options={SERIES_STEPS} onSet={step.onSet} />
        )}
      </Filters>
    }
  >
    <Block of={series} lines={12}>
      {(answer) => (
        <Named
          of={answer}
          group={answer.groupBy ?? by}
          metric={answer.metric ?? metric}
          fileName={fileName}
        />
      )}
    </Block>
  </Panel>
)

/** Looks up the names of customers; other groups are shown by their key. */
const Named = ({
  of,
  group,
  ...series
}: {
  readonly of: SeriesAnswer
  readonly group: Group
  readonly metric: SeriesMetric
  readonly fileName: string
}) => {
  const nameOf = useCustomerNames(
    group === 'organization' ? of.groups.map(({ key }) => key) : NO_CUSTOMERS,
  )
  return <GroupedSeries of={of} by={GROUP_TEXT[group]} nameOf={nameOf} {...series} />
}

const NO_CUSTOMERS: readonly string[] = []
