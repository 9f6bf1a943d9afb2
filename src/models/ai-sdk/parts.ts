/** Parts of a stream of the AI SDK, as far as they are looked at; `v3` and `v4` are alike in them. */
export interface StreamPart {
  readonly type: string
  readonly id?: string
  readonly delta?: unknown
  readonly toolCallId?: string
  readonly toolName?: string
  readonly input?: unknown
  readonly usage?: unknown
  readonly providerMetadata?: unknown
  readonly modelId?: unknown
}

/** Usage as a language model tells it. */
export interface NestedUsage {
  readonly inputTokens: {
    readonly total: number
    readonly noCache: undefined
    readonly cacheRead: undefined
    readonly cacheWrite: undefined
  }
  readonly outputTokens: {
    readonly total: number
    readonly text: undefined
    readonly reasoning: undefined
  }
}

export const nestedUsageOf = (inputTokens: number, outputTokens: number): NestedUsage => ({
  inputTokens: {
    total: inputTokens,
    noCache: undefined,
    cacheRead: undefined,
    cacheWrite: undefined,
  },
  outputTokens: { total: outputTokens, text: undefined, reasoning: undefined },
})
