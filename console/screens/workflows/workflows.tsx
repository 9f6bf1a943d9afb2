import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { useState } from 'react'
import type { WorkflowRun } from '../../../src/client/index.ts'
import { counted, plain, sentence } from '../../../src/react/format/index.ts'
import { useRead } from '../../api/use-api.ts'
import { Block, Empty } from '../../ui/block.tsx'
import { Button } from '../../ui/button.tsx'
import { Choice } from '../../ui/choice.tsx'
import { CustomerLink } from '../../ui/customer-link.tsx'
import { Filters } from '../../ui/filters.tsx'
import linkCss from '../../ui/link.module.css'
import { Pages } from '../../ui/pages.tsx'
import { Panel, Screen } from '../../ui/panel.tsx'
import { type Column, Table } from '../../ui/table.tsx'
import { Time } from '../../ui/time.tsx'
import { useTitle } from '../../ui/use-title.ts'
import { Definitions } from './definitions.tsx'
import { RUN_STATES, RunState, runStateText } from './run-state.tsx'
import { StartRun } from './start-run.tsx'
import { StuckRuns } from './stuck-runs.tsx'
import css from './workflows.module.css'

const PAGE = 50
const ANY = 'any'

/** The workflow runs, with filters. */
export const Workflows = () => {
  useTitle('Workflows')
  const search = useSearch({ from: '/workflows' })
  const navigate = useNavigate({ from: '/workflows' })
  const [isStartOpen, setIsStartOpen] = useState(false)
  const state = RUN_STATES.find((one) => one === search.state)
  const request = {
    limit: PAGE,
    ...(state !== undefined && { state }),
    ...(search.workflow !== undefined && { workflow: search.workflow }),
    ...(search.cursor !== undefined && { cursor: search.cursor }),
  }
  const runs = useRead(
    ['workflows', 'list', request],
    ({ workflows }, options) => workflows.list(request, options),
    { poll: true },
  )
  const definitions = useRead(['workflows', 'definitions'], ({ workflows }, options) =>
    workflows.definitions({}, options),
  )
  const onSearch = (patch: Partial<typeof search>) =>
    navigate({ search: (now) => ({ ...now, ...patch }) })
  const names = definitions.data?.items.map(({ name }) => name) ?? []
  return (
    <Screen
      title="Workflows"
      note="work of several steps that completes even if a process crashes"
      acts={
        <Button kind="primary" onClick={() => setIsStartOpen(true)}>
          Start a run
        </Button>
      }
    >
      {state !== 'stuck' && <StuckRuns />}
      <Panel
        title="Runs"
        note="newest first"
        acts={
          <Filters>
            <Choice
              label="Workflow"
              value={search.workflow ?? ANY}
              options={[...new Set([ANY, ...names, search.workflow ?? ANY])]}
              onSet={(one) =>
                onSearch({ workflow: one === ANY ? undefined : one, cursor: undefined })
              }
            />
            <Choice
              label="State"
              value={state ?? ANY}
              options={[ANY, ...RUN_STATES]}
              words={(one) => (one === ANY ? one : runStateText(one))}
              onSet={(one) => onSearch({ state: one === ANY ? undefined : one, cursor: undefined })}
            />
          </Filters>
        }
        isFlush
      >
        <Block of={runs} lines={8}>
          {({ items }) =>
            items.length === 0 ? (
              <Empty
                title={state === undefined ? 'No runs yet' : `No run is ${runStateText(state)}`}
              >
                {state === undefined
                  ? 'A run executes each step of a workflow once, in order, and can be rolled back.'
                  : 'Change the filter above to see others.'}
              </Empty>
            ) : (
              <Table label="Every run" columns={COLUMNS} rows={items} keyOf={({ id }) => id} />
            )
          }
        </Block>
      </Panel>
      <Pages
        cursor={search.cursor}
        next={runs.data?.nextCursor}
        size={PAGE}
        onGo={(cursor) => onSearch({ cursor })}
      />
      <Definitions of={definitions} />
      {isStartOpen && (
        <StartRun
          definitions={definitions.data?.items ?? []}
          onStarted={(runId) =>
            navigate({ to: '/workflows/$runId', params: { runId }, search: {} })
          }
          onClose={() => setIsStartOpen(false)}
        />
      )}
    </Screen>
  )
}

const COLUMNS: readonly Column<WorkflowRun>[] = [
  {
    key: 'workflow',
    head: 'Workflow',
    cell: ({ id, workflow, version }) => (
      <span className={css.what}>
        <Link to="/workflows/$runId" params={{ runId: id }} className={linkCss.link}>
          {sentence(plain(workflow))}
        </Link>
        <small>version {version}</small>
      </span>
    ),
  },
  {
    key: 'state',
    head: 'State',
    cell: ({ state, error }) => (
      <span className={css.what}>
        <RunState of={state} />
        {error !== null && <small>{error}</small>}
      </span>
    ),
  },
  {
    key: 'step',
    head: 'Step',
    cell: ({ step, attempts }) =>
      step === null
        ? '—'
        : `${plain(step)}${attempts > 0 ? `, failed ${counted(attempts, 'time')}` : ''}`,
  },
  {
    key: 'of',
    head: 'Organization',
    cell: ({ organizationId }) =>
      organizationId === null ? 'nobody' : <CustomerLink organizationId={organizationId} />,
  },
  {
    key: 'due',
    head: 'Next check',
    isFigure: true,
    cell: ({ dueAt }) => (dueAt === null ? '—' : <Time at={dueAt} form="relative" />),
  },
  {
    key: 'started',
    head: 'Started',
    isFigure: true,
    cell: ({ createdAt }) => <Time at={createdAt} />,
  },
  {
    key: 'ended',
    head: 'Ended',
    isFigure: true,
    isWideOnly: true,
    cell: ({ endedAt }) => (endedAt === null ? '—' : <Time at={endedAt} />),
  },
]
