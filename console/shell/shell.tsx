import { useQueryClient } from '@tanstack/react-query'
import { Link, Outlet, useNavigate, useRouterState } from '@tanstack/react-router'
import { LogOut, Menu, Search } from 'lucide-react'
import { Suspense, useState } from 'react'
import { useApi } from '../api/use-api.ts'
import { useSession } from '../session/session-context.ts'
import { Mark } from '../ui/mark.tsx'
import { AsOf } from './as-of.tsx'
import { CommandBar } from './command-bar.tsx'
import { usePlaces } from './places.ts'
import css from './shell.module.css'
import { useShortcuts } from './shortcuts.ts'
import { useZoneFromAddress, ZoneContext } from './zone.ts'
import { ZoneSwitch } from './zone-switch.tsx'

/** The frame of every screen: navigation, header and read time. */
export const Shell = () => {
  const [open, setOpen] = useState<'commands' | 'keys' | null>(null)
  const [isMenuOpen, setIsMenuOpen] = useState(false)
  const navigate = useNavigate()
  const path = useRouterState({ select: ({ location }) => location.pathname })
  const places = usePlaces()
  const zone = useZoneFromAddress()
  useShortcuts({
    places,
    onCommands: () => setOpen('commands'),
    onKeys: () => setOpen('keys'),
    onPlace: (to) => navigate({ to }),
  })
  return (
    <ZoneContext value={zone}>
      <div className={css.shell} data-menu={isMenuOpen || undefined}>
        <a href="#content" className={css.skip}>
          Skip to the content
        </a>
        <nav className={css.rail} aria-label="Console" id="places">
          <Link to="/" className={css.brand}>
            <Mark />
            <span>Tollgate</span>
          </Link>
          <ul>
            {places.map(({ to, name, icon: Icon }) => (
              <li key={to}>
                <Link
                  to={to}
                  className={css.place}
                  aria-current={isWithin(path, to) ? 'page' : undefined}
                  onClick={() => setIsMenuOpen(false)}
                >
                  <Icon size={16} aria-hidden="true" />
                  <span>{name}</span>
                </Link>
              </li>
            ))}
          </ul>
          <Who />
        </nav>
        <header className={css.top}>
          <button
            type="button"
            className={css.menu}
            aria-label="Places"
            aria-expanded={isMenuOpen}
            aria-controls="places"
            onClick={() => setIsMenuOpen(!isMenuOpen)}
          >
            <Menu size={18} aria-hidden="true" />
          </button>
          <button type="button" className={css.search} onClick={() => setOpen('commands')}>
            <Search size={14} aria-hidden="true" />
            <span>Go to a customer or a page</span>
            <kbd>Ctrl K</kbd>
          </button>
          <AsOf />
          <ZoneSwitch />
        </header>
        <main id="content" className={css.content} tabIndex={-1}>
          <Suspense fallback={null}>
            <Outlet />
          </Suspense>
        </main>
        {open !== null && <CommandBar kind={open} onClose={() => setOpen(null)} />}
      </div>
    </ZoneContext>
  )
}

const isWithin = (path: string, to: string): boolean =>
  to === '/' ? path === '/' : path === to || path.startsWith(`${to}/`)

const Who = () => {
  const { actor } = useSession()
  const api = useApi()
  const queries = useQueryClient()
  const signOut = async () => {
    await api.signOut()
    queries.clear()
    queries.setQueryData(['session'], null)
  }
  return (
    <div className={css.who}>
      <span title={actor}>{actor}</span>
      <button type="button" onClick={signOut} aria-label="Sign out" title="Sign out">
        <LogOut size={14} aria-hidden="true" />
      </button>
    </div>
  )
}
