/** How often people may have something sent by hand: a test, or what was sent before. */
interface SendBound {
  readonly most: number
  readonly withinMs: number
}

const MINUTE_MS = 60_000

export const SEND_BOUNDS = {
  /** To one channel or endpoint. */
  recipient: { most: 5, withinMs: 10 * MINUTE_MS },
  /** To all of an organization, or of the platform, also to those that were removed since. */
  owner: { most: 20, withinMs: 60 * MINUTE_MS },
} as const satisfies Record<string, SendBound>

/** The time for which sends count. */
export const SENDS_COUNTED_MS: number = SEND_BOUNDS.owner.withinMs

/** A send by hand to one recipient of an owner. */
interface SentByHand {
  readonly recipientId: string
  readonly at: Date
}

/**
 * Returns how long to wait, in milliseconds, until one more may be sent to a recipient; 0 when it
 * may be sent now. `sends` are those of the owner, in any order. Sends of the future, after a clock
 * was turned back, do not count.
 */
export const sendWaitMs = (sends: readonly SentByHand[], recipientId: string, at: Date): number => {
  const past = sends.map((one) => ({ ...one, agoMs: at.getTime() - one.at.getTime() }))
  const waitOf = (agosMs: readonly number[], { most, withinMs }: SendBound): number => {
    const counting = agosMs.filter((agoMs) => agoMs >= 0 && agoMs < withinMs).sort((a, b) => a - b)
    return withinMs - (counting[most - 1] ?? withinMs)
  }
  const own = past.filter((one) => one.recipientId === recipientId)
  return Math.max(
    waitOf(
      own.map(({ agoMs }) => agoMs),
      SEND_BOUNDS.recipient,
    ),
    waitOf(
      past.map(({ agoMs }) => agoMs),
      SEND_BOUNDS.owner,
    ),
  )
}
