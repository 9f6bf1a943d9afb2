import type { WorkflowRunDetail } from '../../../src/client/index.ts'
import { counted, plain, sentence } from '../../../src/react/format/index.ts'
import { State } from '../../ui/state.tsx'
import { Time } from '../../ui/time.tsx'
import { Json } from '../../ui/verbatim.tsx'
import css from './workflows.module.css'

type Step = WorkflowRunDetail['steps'][number]
type Part = NonNullable<Step['done']>

/** The steps of a run with their results and compensations; the current one is marked. */
export const RunSteps = ({ of }: { readonly of: WorkflowRunDetail }) => (
  <ol className={css.steps}>
    {of.steps.map((step) => {
      const isPresent = step.name === of.step && of.endedAt === null
      return (
        <li key={step.name} data-present={isPresent || undefined}>
          <p>
            <strong>{sentence(plain(step.name))}</strong>
            <StepState
              of={step}
              isPresent={isPresent}
              isStuck={isPresent && of.state === 'stuck'}
            />
            {isPresent && of.attempts > 0 && (
              <span className={css.muted}>
                failed {counted(of.attempts, 'time')} since it last made progress
              </span>
            )}
          </p>
          {step.done && <PartOf part={step.done} begun="begun" over="done" />}
          {step.undone && <PartOf part={step.undone} begun="to be undone from" over="undone" />}
        </li>
      )
    })}
  </ol>
)

const StepState = ({
  of,
  isPresent,
  isStuck,
}: {
  readonly of: Step
  readonly isPresent: boolean
  readonly isStuck: boolean
}) => {
  if (isStuck) return <State tone="reached">failed</State>
  if (of.undone?.outcome) {
    return (
      <State tone="muted" icon="good">
        {of.undone.outcome === 'nothing' ? 'nothing to undo' : 'undone'}
      </State>
    )
  }
  if (of.undone) return <State tone="near">being undone</State>
  if (of.done?.outcome) return <State tone="good">done</State>
  if (of.done) {
    return (
      <State tone="ok" icon="paused">
        {of.done.wakesOn === null ? 'started' : 'waiting'}
      </State>
    )
  }
  return <State tone="muted">{isPresent ? 'next' : 'not started'}</State>
}

const PartOf = ({
  part: { startedAt, doneAt, output, progress, wakesOn },
  begun,
  over,
}: {
  readonly part: Part
  readonly begun: string
  readonly over: string
}) => (
  <>
    <p className={css.muted}>
      <span>
        {begun} <Time at={startedAt} />
      </span>
      {doneAt !== null && (
        <span>
          {over} <Time at={doneAt} />
        </span>
      )}
      {doneAt === null && wakesOn !== null && wakesOn.length > 0 && (
        <span>wakes on {wakesOn.join(', ')}</span>
      )}
    </p>
    {doneAt === null && progress !== null && <Data name="Progress" of={progress} />}
    {output !== null && <Data name="Output" of={output} />}
  </>
)

/** A step wrote these data, so they are rendered only as text. */
const Data = ({ name, of }: { readonly name: string; readonly of: Record<string, unknown> }) =>
  Object.keys(of).length === 0 ? null : (
    <details>
      <summary>{name}</summary>
      <Json label={name}>{of}</Json>
    </details>
  )
