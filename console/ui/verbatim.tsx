import css from './verbatim.module.css'

/** Untrusted text, rendered only as text; a long one scrolls, also by keyboard. */
export const Verbatim = ({
  children,
  label,
}: {
  readonly children: string
  readonly label: string
}) => (
  // biome-ignore lint/a11y/noNoninteractiveTabindex: scrollable areas need keyboard access
  <section className={css.box} aria-label={label} tabIndex={0}>
    <pre className={css.text}>{children}</pre>
  </section>
)
