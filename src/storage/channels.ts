/** Called with what was notified. It must not throw. */
export type OnPayload = (payload: string) => void

/** Who listens to which channel. */
export interface Channels {
  readonly names: readonly string[]
  /** Returns how to take it away again, which says whether it was the channel's last. */
  add(channel: string, onPayload: OnPayload): () => boolean
  tell(channel: string, payload: string): void
}

/** Keeps the listeners of one database. */
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

/** The channel as an identifier for LISTEN, which takes no parameters; anything odd is refused. */
export const channelName = (channel: string): string => {
  if (!/^[a-z_][a-z0-9_]{0,62}$/.test(channel)) {
    throw new TypeError(`"${channel}" cannot be a channel: use lower-case letters, digits and _.`)
  }
  return `"${channel}"`
}
