import type { ProviderAnswer } from './fake-provider.ts'

const MODEL = 'claude-opus-4-6'

const typed = (value: { readonly type: string }): string =>
  `event: ${value.type}\ndata: ${JSON.stringify(value)}\n\n`

/** Input without the tokens written to and read from the cache, as Anthropic counts it. */
const MESSAGE_USAGE = {
  input_tokens: 12,
  cache_creation_input_tokens: 5,
  cache_read_input_tokens: 3,
  cache_creation: { ephemeral_5m_input_tokens: 3, ephemeral_1h_input_tokens: 2 },
  output_tokens: 40,
  service_tier: 'standard',
}

const message = (content: unknown[], usage: object, stop: string | null) => ({
  id: 'msg_1',
  type: 'message',
  role: 'assistant',
  model: MODEL,
  content,
  stop_reason: stop,
  stop_sequence: null,
  usage,
})

const stream = (
  block: object,
  deltas: readonly object[],
  stop: string,
  outputTokens: number | undefined,
): { readonly events: readonly string[] } => ({
  events: [
    typed({
      type: 'message_start',
      message: message([], { ...MESSAGE_USAGE, output_tokens: 1 }, null),
    } as { type: string }),
    typed({ type: 'content_block_start', index: 0, content_block: block } as { type: string }),
    typed({ type: 'ping' }),
    ...deltas.map((delta) =>
      typed({ type: 'content_block_delta', index: 0, delta } as { type: string }),
    ),
    typed({ type: 'content_block_stop', index: 0 } as { type: string }),
    typed({
      type: 'message_delta',
      delta: { stop_reason: stop, stop_sequence: null },
      ...(outputTokens !== undefined && { usage: { output_tokens: outputTokens } }),
    } as { type: string }),
    typed({ type: 'message_stop' }),
  ],
})

export const messageStream =
  (pieces: readonly string[], outputTokens: number | undefined = MESSAGE_USAGE.output_tokens) =>
  () =>
    stream(
      { type: 'text', text: '' },
      pieces.map((text) => ({ type: 'text_delta', text })),
      'end_turn',
      outputTokens,
    )

export const toolUseStream = (name: string, pieces: readonly string[]) => () =>
  stream(
    { type: 'tool_use', id: 'toolu_1', name, input: {} },
    pieces.map((partial_json) => ({ type: 'input_json_delta', partial_json })),
    'tool_use',
    MESSAGE_USAGE.output_tokens,
  )

export const messageAnswer =
  (text: string, usage: object = MESSAGE_USAGE) =>
  (): ProviderAnswer => ({ json: message([{ type: 'text', text }], usage, 'end_turn') })
