/** The message by which a process asks the others for their leases of an organization. */
export interface RecallMessage {
  /** The process that asks. */
  readonly node: string
  readonly organizationId: string
}

/** A recall as it goes over a channel. */
export const recallMessage = ({ node, organizationId }: RecallMessage): string =>
  JSON.stringify({ node, organizationId })

/** Undefined: somebody else's message, as a channel is only a name. */
export const readRecallMessage = (text: string): RecallMessage | undefined => {
  try {
    const { node, organizationId } = JSON.parse(text)
    const isRecall = typeof node === 'string' && typeof organizationId === 'string'
    return isRecall ? { node, organizationId } : undefined
  } catch {
    return undefined
  }
}
