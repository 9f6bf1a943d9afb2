import type { AlertFiring } from '../../../src/client/index.ts'
import { State } from '../../ui/state.tsx'

const SIGNS = {
  info: { tone: 'ok', icon: 'info' },
  warning: { tone: 'near' },
  critical: { tone: 'reached' },
} as const

/** A severity as an icon and a word. */
export const Severity = ({ of }: { readonly of: AlertFiring['severity'] }) => (
  <State {...SIGNS[of]}>{of}</State>
)
