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
  /** After `g`. */
  readonly letter: string
  /** Whoever has signed in sees it; all others are the administrator's. */
  readonly isForAll?: true
}

/** Where one can go, in the order of the rail. */
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

/** Where who looks can go: the administrator everywhere, others home and to what is for all. */
export const usePlaces = (): readonly Place[] =>
  useIsOperator() ? PLACES : [HOME, ...PLACES.filter(({ isForAll }) => isForAll)]
