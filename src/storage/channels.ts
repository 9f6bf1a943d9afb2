/** Called with the payload of a notification. It must not throw. */
export type OnPayload = (payload: string) => void

/** The listeners by channel. */
export interface Channels {
  readonly names: readonly string[]
  /**
   * Returns a function that removes the listener. It returns true if that was the channel's last
   * listener.
   */
  add(channel: string, onPayload: OnPayload): () => boolean
  tell(channel: string, payload: string): void
}

/** The registry of one database's listeners. */
export const createChannels = (): Channels => {
  const channels = new Map<string, Set<{ onPayload: OnPayload }>>()
  return {
    get names() {
      return [...channels.keys()]
    },
    add: (channel, onPayload) => {
      // Wrapped, so that one function may listen twice.
      const listener = { onPayload }
      const listeners = channels.get(channel) ?? new Set()
      channels.set(channel, listeners.add(listener))
      return () => {
        if (!listeners.delete(listener) || listeners.size > 0) return false
        channels.delete(channel)
        return true
      }
    },
    tell: (channel, payload) => {
      for (const { onPayload } of channels.get(channel) ?? []) onPayload(payload)
    },
  }
}

/**
 * The channel as an identifier for LISTEN, which takes no parameters. Refuses a name that would
 * need quoting.
 */
export const channelName = (channel: string): string => {
  if (!/^[a-z_][a-z0-9_]{0,62}$/.test(channel)) {
    throw new TypeError(`"${channel}" cannot be a channel: use lower-case letters, digits and _.`)
  }
  return `"${channel}"`
}
