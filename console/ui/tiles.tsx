import { Link, type LinkProps } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { compact, counted, exact, exactMoney, money } from '../../src/react/format/index.ts'
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

/** An amount: short to look at, every digit on demand. */
export const AmountTile = ({
  amount,
  ...said
}: Pick<TileProps, 'name' | 'note'> & { readonly amount: Parameters<typeof compact>[0] }) => (
  <Tile {...said} value={compact(amount)} exact={exact(amount)} />
)

/** What models cost, and how many calls are not in it, since nobody knows their price. */
export const ModelCostTile = ({
  costUsd,
  unpriced,
}: {
  readonly costUsd: string
  readonly unpriced: number
}) => (
  <Tile
    name="Model cost"
    value={money(costUsd)}
    exact={exactMoney(costUsd)}
    note={unpriced === 0 ? 'every call priced' : `without ${counted(unpriced, 'unpriced call')}`}
  />
)

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
