import css from './verbatim.module.css'

/** What somebody else wrote, as text and nothing but text; what is long scrolls, by keyboard too. */
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
