/**
 * Slack's limits, in characters after escaping. Slack refuses the whole message beyond any of them.
 */
export const SLACK_LIMITS = {
  blocks: 50,
  header: 150,
  section: 3_000,
  fields: 10,
  field: 2_000,
  context: 2_000,
  buttonText: 75,
  buttonUrl: 3_000,
  /** The `text` beside the blocks. Slack truncates a longer one. */
  text: 4_000,
  /**
   * All blocks together as JSON. The limit is not in Slack's documentation: it answers
   * `msg_blocks_too_long`.
   */
  together: 12_999,
} as const

const ESCAPED: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' }

/**
 * Somebody's text for Slack. Escaping these three characters leaves no mention, link or command in
 * it. It is cut to a length as Slack counts, never within an escape or a character.
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
