/** What Slack takes at most, in characters after escaping; what is more, it refuses as a whole. */
export const SLACK_LIMITS = {
  blocks: 50,
  header: 150,
  section: 3_000,
  fields: 10,
  field: 2_000,
  context: 2_000,
  buttonText: 75,
  buttonUrl: 3_000,
  /** The `text` beside the blocks; more is cut by Slack. */
  text: 4_000,
  /** All blocks together as JSON; not in its documents: it answers `msg_blocks_too_long`. */
  together: 12_999,
} as const

const ESCAPED: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' }

/**
 * Somebody's words for Slack: with these three escaped no mention, link or command is left in them.
 * Cut to so many characters as they count there, never within an escape or a character.
 */
export const slackText = (text: string, most: number): string => {
  const parts = [...text].map((character) => ESCAPED[character] ?? character)
  let length = 0
  for (const part of parts) length += part.length
  if (length <= most) return parts.join('')
  let cut = ''
  for (const part of parts) {
    if (cut.length + part.length > most - 1) break
    cut += part
  }
  return `${cut}…`
}
