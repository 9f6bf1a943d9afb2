import { useRouterState } from '@tanstack/react-router'
import { type ReactNode, useEffect, useRef } from 'react'
import css from './tabs.module.css'

/** Places of one thing, side by side. On a phone the row is scrolled, with the present one in view. */
export const Tabs = ({
  label,
  children,
}: {
  readonly label: string
  readonly children: ReactNode
}) => {
  const ref = useRef<HTMLElement>(null)
  // Read again with each path, since another has another present one.
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
