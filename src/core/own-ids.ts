/**
 * Ids of events that are made here follow from something else, so that the same is made once. What
 * callers write must not stand in their way. Each prefix with who may write it.
 */
const OWN_PREFIXES = [
  { prefix: 'reversal:', by: 'nobody' },
  { prefix: 'rerated:', by: 'nobody' },
  // Of rows of a file that the platform replays, which are a backfill.
  { prefix: 'replay:', by: 'backfill' },
] as const

/** The id of the event that takes another one back. */
export const reversalId = (eventId: string): string => `reversal:${eventId}`

/**
 * The id of the event that stands in for another once that was priced anew: `rerated:1:<id>` for
 * `<id>`, and `rerated:2:<id>` for that one in turn.
 */
export const reratedId = (eventId: string): string => {
  const [prefix = '', times = '0'] = RERATED.exec(eventId) ?? []
  return `rerated:${Number(times) + 1}:${eventId.slice(prefix.length)}`
}

/** The id of the event as it came, of one that stands in for it; its own of every other. */
export const firstId = (eventId: string): string => eventId.replace(RERATED, '')

const RERATED = /^rerated:([1-9]\d{0,8}):/

/** The id of a row that is replayed, by what the row follows from. */
export const replayId = (digest: string): string => `replay:${digest}`

/** Why an id that a caller gives is not taken; undefined: it is. */
export const ownIdFault = (id: string, { backfill }: { backfill: boolean }): string | undefined => {
  // Ids with a colon are few, and calls are many.
  if (!id.includes(':')) return undefined
  const own = OWN_PREFIXES.find(({ prefix }) => id.startsWith(prefix))
  if (!own || (own.by === 'backfill' && backfill)) return undefined
  return `must not begin with "${own.prefix}": Tollgate makes such ids itself`
}
