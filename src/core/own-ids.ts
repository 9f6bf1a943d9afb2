/**
 * Tollgate derives the ids of its own events, so that each is created once. Callers must not take
 * such ids. Each prefix says who may use it.
 */
const OWN_PREFIXES = [
  { prefix: 'reversal:', by: 'nobody' },
  { prefix: 'rerated:', by: 'nobody' },
  // Rows of a file that the platform replays as a backfill.
  { prefix: 'replay:', by: 'backfill' },
] as const

/** The id of the event that reverses another one. */
export const reversalId = (eventId: string): string => `reversal:${eventId}`

/**
 * The id of the event that replaces another one at a new price: `rerated:1:<id>` replaces `<id>`,
 * and `rerated:2:<id>` replaces that one.
 */
export const reratedId = (eventId: string): string => {
  const [prefix = '', times = '0'] = RERATED.exec(eventId) ?? []
  return `rerated:${Number(times) + 1}:${eventId.slice(prefix.length)}`
}

/** The original id of an event, without any `rerated:` prefix. */
export const firstId = (eventId: string): string => eventId.replace(RERATED, '')

const RERATED = /^rerated:([1-9]\d{0,8}):/

/** The id of a replayed row, from the digest of its content. */
export const replayId = (digest: string): string => `replay:${digest}`

/** Explains why a caller's id is refused; undefined when it is accepted. */
export const ownIdFault = (id: string, { backfill }: { backfill: boolean }): string | undefined => {
  // A fast exit, because most ids have no colon.
  if (!id.includes(':')) return undefined
  const own = OWN_PREFIXES.find(({ prefix }) => id.startsWith(prefix))
  if (!own || (own.by === 'backfill' && backfill)) return undefined
  return `must not begin with "${own.prefix}": Tollgate makes such ids itself`
}
