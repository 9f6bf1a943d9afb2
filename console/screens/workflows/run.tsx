import { Link, useParams } from '@tanstack/react-router'
import type { WorkflowRunDetail } from '../../../src/client/index.ts'
import { counted, plain, sentence } from '../../../src/react/format/index.ts'
import { useRead } from '../../api/use-api.ts'
import { Block } from '../../ui/block.tsx'
import { Copy } from '../../ui/copy.tsx'
import { CustomerLink } from '../../ui/customer-link.tsx'
import { Facts } from '../../ui/facts.tsx'
import { Columns, Panel, Screen, Stack } from '../../ui/panel.tsx'
import { Time } from '../../ui/time.tsx'
import { useTitle } from '../../ui/use-title.ts'
import { Json } from '../../ui/verbatim.tsx'
import { RunActs } from './run-acts.tsx'
import { RunState } from './run-state.tsx'
import { RunSteps } from './run-steps.tsx'
import css from './workflows.module.css'

const BUSY_MS = 2_000
const REST_MS = 15_000

/** One run: its progress, what blocks it, and the available actions. */
export const Run = () => {
  const { runId } = useParams({ from: '/workflows/$runId' })
  useTitle('Run', 'Workflows')
  const run = useRead(
    ['workflows', 'run', runId],
    ({ workflows }, options) => workflows.get({ runId }, options),
    { pollMs: (latest) => (latest?.endedAt ? REST_MS : BUSY_MS) },
  )
  return (
    <Block of={run} lines={10}>
      {(of) => (
        <Screen
          title={sentence(plain(of.workflow))}
          note={
            <>
              <RunState of={of.state} />{' '}
              <Link to="/workflows" className={css.back}>
                All runs
              </Link>
            </>
          }
          acts={<RunActs of={of} />}
        >
          {of.error !== null && <Failure of={of} />}
          <Columns>
            <Stack>
              <Panel title="Steps" note="in order; a rollback undoes the last one first" isFlush>
                <RunSteps of={of} />
              </Panel>
              <Panel title="Input">
                <Json label="Input of the run">{of.input}</Json>
              </Panel>
            </Stack>
            <About of={of} />
          </Columns>
        </Screen>
      )}
    </Block>
  )
}

const Failure = ({ of: { state, error, step, attempts } }: { readonly of: WorkflowRunDetail }) => (
  <div className={css.stuck} role="status">
    <strong>
      {state === 'stuck'
        ? `It needs a person${step === null ? '' : `: ${plain(step)} did not complete`}`
        : `${step === null ? 'It' : sentence(plain(step))} failed ${counted(attempts, 'time')}`}
    </strong>
    <p>{error}</p>
  </div>
)

const About = ({ of }: { readonly of: WorkflowRunDetail }) => (
  <Panel title="About">
    <Facts
      of={[
        [
          'Of',
          of.organizationId === null ? (
            'nobody'
          ) : (
            <CustomerLink key="of" organizationId={of.organizationId} />
          ),
        ],
        ['Version', of.version],
        ['Direction', of.direction === 'do' ? 'forward' : 'back'],
        ['Under way', of.underWay ? 'a process is running it' : 'no process is running it now'],
        !of.known && ['Known', 'this process does not know its definition'],
        of.dueAt !== null && ['Next check', <Time key="due" at={of.dueAt} form="relative" />],
        ['Started', <Time key="started" at={of.createdAt} />],
        ['Started by', of.startedBy],
        ['Changed', <Time key="changed" at={of.updatedAt} />],
        of.endedAt !== null && ['Ended', <Time key="ended" at={of.endedAt} />],
        ['Run', <Copy key="id" text={of.id} />],
        ['Key', <Copy key="key" text={of.key} />],
      ]}
    />
  </Panel>
)
