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
 * Decodes a recall. Undefined: the message is not from Tollgate, since channels are not protected.
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
