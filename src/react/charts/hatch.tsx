interface HatchProps {
  readonly id: string
  /** The class that sets the colour of the stripes. */
  readonly className: string
  readonly stripeWidth?: number
}

/** A pattern of slanted stripes, for `fill="url(#id)"`. It makes states distinct without colour. */
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
