import type { WorkflowRun } from '../../../src/client/index.ts'
import { State } from '../../ui/state.tsx'

const SIGNS = {
  running: { tone: 'ok', icon: 'muted' },
  waiting: { tone: 'ok', icon: 'paused' },
  undoing: { tone: 'near' },
  paused: { tone: 'muted', icon: 'paused' },
  stuck: { tone: 'reached' },
  done: { tone: 'good' },
  undone: { tone: 'muted', icon: 'good' },
  canceled: { tone: 'muted', icon: 'reached' },
} as const

const TEXT = {
  running: 'running',
  waiting: 'waiting',
  undoing: 'rolling back',
  paused: 'paused',
  stuck: 'stuck',
  done: 'done',
  undone: 'rolled back',
  canceled: 'canceled',
} as const satisfies Record<WorkflowRun['state'], string>

export const RUN_STATES = Object.keys(TEXT) as readonly WorkflowRun['state'][]

export const runStateText = (state: WorkflowRun['state']): string => TEXT[state]

export const RunState = ({ of }: { readonly of: WorkflowRun['state'] }) => (
  <State {...SIGNS[of]}>{TEXT[of]}</State>
)
