import {
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
} from 'lucide-react'

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
    | '/settings'
  readonly name: string
  readonly icon: LucideIcon
  /** After `g`. */
  readonly letter: string
}

/** Where one can go, in the order of the rail. */
export const PLACES: readonly Place[] = [
  { to: '/', name: 'Overview', icon: LayoutDashboard, letter: 'o' },
  { to: '/customers', name: 'Customers', icon: Building2, letter: 'c' },
  { to: '/usage', name: 'Usage', icon: ChartColumn, letter: 'u' },
  { to: '/revenue', name: 'Revenue', icon: CircleDollarSign, letter: 'r' },
  { to: '/catalog', name: 'Catalog', icon: BookOpen, letter: 't' },
  { to: '/simulator', name: 'Simulator', icon: FlaskConical, letter: 'm' },
  { to: '/audit', name: 'Audit', icon: ScrollText, letter: 'a' },
  { to: '/jobs', name: 'Jobs', icon: Timer, letter: 'j' },
  { to: '/settings', name: 'Settings', icon: Settings, letter: 's' },
]
