import type { WorkflowRun } from '../../../src/client/index.ts'

/** The actions on a run and their effects. */
export const STEERING = {
  pause: {
    act: 'Pause',
    effect: 'The current step finishes, and no other starts.',
    said: 'It is paused.',
  },
  resume: { act: 'Resume', effect: 'It continues where it was paused.', said: 'It was resumed.' },
  retry: {
    act: 'Retry',
    effect: 'The failed step is retried now, as if it had not failed before.',
    said: 'The step is retried.',
  },
  rollback: {
    act: 'Roll back',
    effect: 'Completed steps are undone, the last first. The run does not continue.',
    said: 'It is rolled back.',
  },
  cancel: {
    act: 'Cancel',
    effect: 'It ends where it is. Completed steps are not undone.',
    said: 'It was canceled.',
  },
} as const

export type Steering = keyof typeof STEERING

const GOING: readonly WorkflowRun['state'][] = ['running', 'waiting', 'undoing']

const CAN: Readonly<Record<Steering, (run: WorkflowRun) => boolean>> = {
  pause: ({ state }) => GOING.includes(state),
  resume: ({ state }) => state === 'paused',
  retry: ({ state, attempts }) =>
    state === 'stuck' || (attempts > 0 && (state === 'running' || state === 'undoing')),
  rollback: ({ state, direction }) =>
    state !== 'undoing' && state !== 'undone' && !(direction === 'undo' && state === 'stuck'),
  cancel: ({ endedAt }) => endedAt === null,
}

/** The actions available in the run's state, the least destructive first. */
export const steeringsOf = (run: WorkflowRun): readonly Steering[] =>
  (Object.keys(STEERING) as Steering[]).filter((one) => CAN[one](run))
