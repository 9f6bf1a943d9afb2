import { Link, type LinkProps } from '@tanstack/react-router'
import type { ButtonHTMLAttributes, ReactNode } from 'react'
import css from './button.module.css'

type Kind = 'plain' | 'primary' | 'danger' | 'quiet'

interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  readonly kind?: Kind
  /** The action is running; only this button is blocked. */
  readonly isBusy?: boolean
}

export const Button = ({ kind = 'plain', isBusy = false, children, ...rest }: ButtonProps) => (
  <button
    type="button"
    {...rest}
    className={`${css.button} ${css[kind]}`}
    disabled={rest.disabled === true || isBusy}
    aria-busy={isBusy || undefined}
  >
    {children}
  </button>
)

export const ButtonLink = ({
  kind = 'plain',
  children,
  ...rest
}: LinkProps & { readonly kind?: Kind; readonly children: ReactNode }) => (
  <Link {...rest} className={`${css.button} ${css[kind]}`}>
    {children}
  </Link>
)

/** Downloads a file through an ordinary link. */
export const FileLink = ({
  href,
  children,
}: {
  readonly href: string
  readonly children: ReactNode
}) => (
  <a href={href} download className={`${css.button} ${css.plain}`}>
    {children}
  </a>
)
