/** A recall: a process asks the others for their leases of an organization. */
export interface RecallMessage {
  /** The process that asks. */
  readonly node: string
  readonly organizationId: string
}

/** Encodes a recall for a channel. */
export const recallMessage = ({ node, organizationId }: RecallMessage): string =>
  JSON.stringify({ node, organizationId })

/**
 * Decodes a recall. Undefined: the message is not a recall, since any client may use the channel.
 */
export const readRecallMessage = (text: string): RecallMessage | undefined => {
  try {
    const { node, organizationId } = JSON.parse(text)
    const isRecall = typeof node === 'string' && typeof organizationId === 'string'
    return isRecall ? { node, organizationId } : undefined
  } catch {
    return undefined
  }
}
