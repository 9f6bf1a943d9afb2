import {
  Bell,
  BookOpen,
  Building2,
  ChartColumn,
  CircleDollarSign,
  FlaskConical,
  LayoutDashboard,
  type LucideIcon,
  ScrollText,
  Settings,
  Timer,
  Webhook,
  Workflow,
} from 'lucide-react'
import { useIsOperator } from '../session/rights.ts'

export interface Place {
  readonly to:
    | '/'
    | '/customers'
    | '/usage'
    | '/revenue'
    | '/catalog'
    | '/simulator'
    | '/audit'
    | '/jobs'
    | '/workflows'
    | '/alerts'
    | '/webhooks'
    | '/settings'
  readonly name: string
  readonly icon: LucideIcon
  /** The shortcut key after `g`. */
  readonly letter: string
  /** Visible to every user; all other screens are for the administrator. */
  readonly isForAll?: true
}

/** The screens, in the order of the navigation. */
const PLACES: readonly Place[] = [
  { to: '/', name: 'Overview', icon: LayoutDashboard, letter: 'o' },
  { to: '/customers', name: 'Customers', icon: Building2, letter: 'c' },
  { to: '/usage', name: 'Usage', icon: ChartColumn, letter: 'u' },
  { to: '/revenue', name: 'Revenue', icon: CircleDollarSign, letter: 'r' },
  { to: '/catalog', name: 'Catalog', icon: BookOpen, letter: 't' },
  { to: '/simulator', name: 'Simulator', icon: FlaskConical, letter: 'm' },
  { to: '/alerts', name: 'Alerts', icon: Bell, letter: 'l' },
  { to: '/audit', name: 'Audit', icon: ScrollText, letter: 'a' },
  { to: '/jobs', name: 'Jobs', icon: Timer, letter: 'j' },
  { to: '/workflows', name: 'Workflows', icon: Workflow, letter: 'f' },
  { to: '/webhooks', name: 'Webhooks', icon: Webhook, letter: 'w' },
  { to: '/settings', name: 'Settings', icon: Settings, letter: 's', isForAll: true },
]

const HOME: Place = { to: '/', name: 'Home', icon: LayoutDashboard, letter: 'o' }

/** The screens that the user may see. */
export const usePlaces = (): readonly Place[] =>
  useIsOperator() ? PLACES : [HOME, ...PLACES.filter(({ isForAll }) => isForAll)]
