interface HatchProps {
  readonly id: string
  /** The class that says the colour of its stripes. */
  readonly className: string
  readonly stripeWidth?: number
}

/** Slanted stripes, to fill a shape with by `url(#id)`. Patterns, not colours alone, tell states apart. */
export const Hatch = ({ id, className, stripeWidth = 2.2 }: HatchProps) => (
  <defs>
    <pattern
      id={id}
      width="5"
      height="5"
      patternUnits="userSpaceOnUse"
      patternTransform="rotate(45)"
    >
      <rect width={stripeWidth} height="5" className={className} />
    </pattern>
  </defs>
)
