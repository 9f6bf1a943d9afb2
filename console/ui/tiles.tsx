import { Link, type LinkProps } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { compact, counted, exact, exactMoney, money } from '../../src/react/format/index.ts'
import css from './tiles.module.css'

interface TileProps {
  readonly name: string
  readonly value: ReactNode
  /** The exact amount, if `value` is abbreviated. */
  readonly exact?: string
  readonly note: ReactNode
  readonly to?: LinkProps
  readonly tone?: 'near' | 'reached' | 'overage' | undefined
}

/** One figure with its name and range, and a link to its details. */
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

/** An abbreviated amount; the exact one on demand. */
export const AmountTile = ({
  amount,
  ...said
}: Pick<TileProps, 'name' | 'note'> & { readonly amount: Parameters<typeof compact>[0] }) => (
  <Tile {...said} value={compact(amount)} exact={exact(amount)} />
)

/** The model cost, and the number of calls excluded for lack of a price. */
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
