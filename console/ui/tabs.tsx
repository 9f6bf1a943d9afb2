import { useRouterState } from '@tanstack/react-router'
import { type ReactNode, useEffect, useRef } from 'react'
import css from './tabs.module.css'

/** Tabs. On a phone the row scrolls, and the current tab stays in view. */
export const Tabs = ({
  label,
  children,
}: {
  readonly label: string
  readonly children: ReactNode
}) => {
  const ref = useRef<HTMLElement>(null)
  // Depends on the path, because the current tab changes with it.
  const path = useRouterState({ select: ({ location }) => location.pathname })
  useEffect(() => {
    ref.current
      ?.querySelector('[aria-current="page"]')
      ?.scrollIntoView({ block: 'nearest', inline: 'center' })
  }, [path])
  return (
    <nav ref={ref} className={css.tabs} aria-label={label}>
      {children}
    </nav>
  )
}

export const tabClass: string = css.tab ?? ''
