import { Link, type LinkProps } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import css from './tiles.module.css'

interface TileProps {
  readonly name: string
  readonly value: ReactNode
  /** Every digit, where the value is short. */
  readonly exact?: string
  readonly note: ReactNode
  readonly to?: LinkProps
  readonly tone?: 'near' | 'reached' | 'overage' | undefined
}

/** One figure: its name, itself, and its span. It leads to what it is made of. */
export const Tile = ({ name, value, exact, note, to, tone }: TileProps) => {
  const inside = (
    <>
      <span className={css.name}>{name}</span>
      <span className={css.value} data-tone={tone} title={exact}>
        {value}
        {exact !== undefined && <span className="tg-visually-hidden"> (exactly {exact})</span>}
      </span>
      <span className={css.note}>{note}</span>
    </>
  )
  return to ? (
    <Link {...to} className={css.tile}>
      {inside}
    </Link>
  ) : (
    <div className={css.tile}>{inside}</div>
  )
}

export const Tiles = ({
  label,
  children,
}: {
  readonly label: string
  readonly children: ReactNode
}) => (
  <section className={css.tiles} aria-label={label}>
    {children}
  </section>
)
