import type { ReactNode } from 'react'
import css from './facts.module.css'

/** Names and values, one pair a line. */
export const Facts = ({
  of,
}: {
  readonly of: readonly (readonly [name: string, value: ReactNode] | false | null | undefined)[]
}) => (
  <dl className={css.facts}>
    {of.map(
      (fact) =>
        fact && (
          <div key={fact[0]}>
            <dt>{fact[0]}</dt>
            <dd>{fact[1]}</dd>
          </div>
        ),
    )}
  </dl>
)
