/** The used part of an AI SDK stream part, the same in `v3` and `v4`. */
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

/** Usage as a language model reports it. */
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
