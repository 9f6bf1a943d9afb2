import type { Job, JobRun } from '../../../src/client/index.ts'
import { plain, sentence, stretchText } from '../../../src/react/format/index.ts'
import { useRead } from '../../api/use-api.ts'
import { Block, Empty } from '../../ui/block.tsx'
import { Panel, Screen } from '../../ui/panel.tsx'
import { State, type Tone } from '../../ui/state.tsx'
import { type Column, Table } from '../../ui/table.tsx'
import { Time } from '../../ui/time.tsx'
import { useTitle } from '../../ui/use-title.ts'
import css from './jobs.module.css'
import { RunJob } from './run-job.tsx'

const SHOWN = 50

const OUTCOMES: Readonly<
  Record<JobRun['outcome'], { readonly tone: Tone; readonly text: string }>
> = {
  running: { tone: 'ok', text: 'running' },
  done: { tone: 'good', text: 'done' },
  failed: { tone: 'reached', text: 'failed' },
  lost: { tone: 'reached', text: 'lost' },
  skipped: { tone: 'muted', text: 'skipped' },
}

/** The scheduled jobs and their latest runs. */
export const Jobs = () => {
  useTitle('Jobs')
  const jobs = useRead(
    ['jobs', SHOWN],
    ({ jobs }, options) => jobs.list({ limit: SHOWN }, options),
    {
      poll: true,
    },
  )
  return (
    <Screen title="Jobs" note="scheduled work of the platform">
      <Panel title="Every job" note="schedules are UTC" isFlush>
        <Block of={jobs} lines={8}>
          {({ jobs, items }) => (
            <Table label="Jobs" columns={columnsOf(items)} rows={jobs} keyOf={({ job }) => job} />
          )}
        </Block>
      </Panel>
      <Panel title="Last runs" note={`the latest ${SHOWN}, by schedule or on request`} isFlush>
        <Block of={jobs} lines={6}>
          {({ items }) =>
            items.length === 0 ? (
              <Empty title="No runs yet">
                Runs of jobs that only one process does at a time are listed here for 90 days.
              </Empty>
            ) : (
              <Table label="Runs" columns={RUN_COLUMNS} rows={items} keyOf={({ id }) => id} />
            )
          }
        </Block>
      </Panel>
    </Screen>
  )
}

const Outcome = ({ of }: { readonly of: JobRun['outcome'] }) => (
  <State tone={OUTCOMES[of].tone}>{OUTCOMES[of].text}</State>
)

const STRIP = 12

const columnsOf = (runs: readonly JobRun[]): readonly Column<Job>[] => [
  {
    key: 'job',
    head: 'Job',
    cell: ({ job, does }) => (
      <span className={css.job}>
        {sentence(plain(job))}
        <small>{does}</small>
      </span>
    ),
  },
  {
    key: 'schedule',
    head: 'Schedule',
    cell: ({ schedule, sharedBy }) => (
      <span title={`done by ${sharedBy}`}>
        {schedule === null ? 'on request' : scheduleText(schedule)}
      </span>
    ),
  },
  {
    key: 'state',
    head: 'Last run',
    cell: ({ lastOutcome, lastError }) =>
      lastOutcome === null ? (
        <span className={css.muted}>not yet</span>
      ) : (
        <span title={lastError ?? undefined}>
          <Outcome of={lastOutcome} />
        </span>
      ),
  },
  {
    key: 'strip',
    head: `Last ${STRIP}`,
    isWideOnly: true,
    cell: ({ job }) => <Strip runs={runs.filter((run) => run.job === job).slice(0, STRIP)} />,
  },
  {
    key: 'ended',
    head: 'Ended',
    isFigure: true,
    cell: ({ lastFinishedAt }) =>
      lastFinishedAt === null ? '—' : <Time at={lastFinishedAt} form="relative" />,
  },
  {
    key: 'next',
    head: 'Next',
    isFigure: true,
    cell: ({ nextAt }) => (nextAt === null ? '—' : <Time at={nextAt} form="relative" />),
  },
  { key: 'run', head: '', isFigure: true, cell: (job) => <RunJob of={job} /> },
]

/** `10 3 * * *` as `daily at 03:10`; any other schedule stays as it is. */
const scheduleText = (schedule: string): string => {
  const [, minute, hour] = /^(\d{1,2}) (\d{1,2}) \* \* \*$/.exec(schedule) ?? []
  return minute === undefined || hour === undefined
    ? schedule
    : `daily at ${hour.padStart(2, '0')}:${minute.padStart(2, '0')}`
}

/** The latest runs as a row of marks, the newest on the right. */
const Strip = ({ runs }: { readonly runs: readonly JobRun[] }) => (
  <svg
    width={STRIP * 8}
    height="14"
    role="img"
    aria-label={runs.map(({ outcome }) => outcome).join(', ') || 'no runs'}
    className={css.strip}
  >
    {[...runs].reverse().map(({ scheduledFor, outcome }, index) => (
      <rect
        key={scheduledFor}
        x={(STRIP - runs.length + index) * 8}
        y={outcome === 'done' ? 2 : 0}
        width="5"
        height={outcome === 'done' ? 10 : 14}
        rx="1"
        data-outcome={outcome}
      />
    ))}
  </svg>
)

const RUN_COLUMNS: readonly Column<JobRun>[] = [
  { key: 'at', head: 'Due', cell: ({ scheduledFor }) => <Time at={scheduledFor} /> },
  { key: 'job', head: 'Job', cell: ({ job }) => sentence(plain(job)) },
  { key: 'outcome', head: 'Outcome', cell: ({ outcome }) => <Outcome of={outcome} /> },
  {
    key: 'took',
    head: 'Took',
    isFigure: true,
    cell: ({ startedAt, finishedAt }) =>
      finishedAt === null ? '—' : stretchText(Date.parse(finishedAt) - Date.parse(startedAt)),
  },
  {
    key: 'report',
    head: 'Report',
    cell: ({ report, error }) =>
      error ?? (report === null ? '—' : <span className={css.mono}>{reportText(report)}</span>),
  },
  {
    key: 'node',
    head: 'Process',
    isWideOnly: true,
    cell: ({ node }) => <span className={css.mono}>{node}</span>,
  },
]

const MOST_FIGURES = 5

const reportText = (report: Record<string, unknown>): string =>
  Object.entries(report)
    .filter(([, value]) => typeof value !== 'object' || value === null)
    .slice(0, MOST_FIGURES)
    .map(([name, value]) => `${name} ${String(value)}`)
    .join(', ')
