import { useState } from 'react'
import { Button } from './button.tsx'
import { Copy } from './copy.tsx'
import css from './verbatim.module.css'

/** A longer text is rendered on demand. */
const FOLDED_FROM = 2_000
/** The most that is rendered; a browser lays it out within a frame. The rest can be copied. */
const MOST_SHOWN = 20_000

/**
 * Untrusted text, rendered only as text. A long one scrolls, also by keyboard, and a longer one
 * opens on demand.
 */
export const Verbatim = ({
  children: text,
  label,
  isFolded = text.length > FOLDED_FROM,
}: {
  readonly children: string
  readonly label: string
  readonly isFolded?: boolean
}) => {
  const [isOpen, setIsOpen] = useState(!isFolded)
  const length = `${text.length.toLocaleString('en-US')} characters`
  if (!isOpen) {
    return (
      <div>
        <Button onClick={() => setIsOpen(true)}>
          Show {label.toLowerCase()}, {length}
        </Button>
      </div>
    )
  }
  return (
    <>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: scrollable areas need keyboard access */}
      <section className={css.box} aria-label={label} tabIndex={0}>
        <pre className={css.text}>{text.slice(0, MOST_SHOWN)}</pre>
      </section>
      {text.length > MOST_SHOWN && (
        <p className={css.rest}>
          The first {MOST_SHOWN.toLocaleString('en-US')} of {length}.{' '}
          <Copy text={text} shown="all of it" />
        </p>
      )}
    </>
  )
}

/** JSON in its readable form. */
export const Json = ({
  children,
  label,
}: {
  readonly children: unknown
  readonly label: string
}) => <Verbatim label={label}>{JSON.stringify(children, null, 2) ?? '—'}</Verbatim>
