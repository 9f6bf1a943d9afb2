import type { ProviderAnswer } from './fake-provider.ts'

const MODEL = 'gpt-4o-2024-08-06'

const data = (value: unknown): string => `data: ${JSON.stringify(value)}\n\n`
const typed = (value: { readonly type: string }): string => `event: ${value.type}\n${data(value)}`

export interface ChatUsage {
  readonly prompt_tokens: number
  readonly completion_tokens: number
  readonly prompt_tokens_details?: object
  readonly completion_tokens_details?: object
}

export const CHAT_USAGE: ChatUsage = {
  prompt_tokens: 20,
  completion_tokens: 40,
  prompt_tokens_details: { cached_tokens: 8, audio_tokens: 0 },
  completion_tokens_details: { reasoning_tokens: 5, audio_tokens: 0 },
}

const chunk = (delta: object, finish: string | null = null) => ({
  id: 'chatcmpl-1',
  object: 'chat.completion.chunk',
  created: 1_700_000_000,
  model: MODEL,
  choices: [{ index: 0, delta, finish_reason: finish }],
})

/** A `chat.completions` stream; usage only on request, like the real one. */
export const chatStream =
  (pieces: readonly string[], usage: ChatUsage | undefined = CHAT_USAGE, finish = 'stop') =>
  (body: Record<string, unknown>): { readonly events: readonly string[] } => {
    const wantsUsage = (body.stream_options as { include_usage?: boolean } | undefined)
      ?.include_usage
    const { choices: _, ...head } = chunk({})
    return {
      events: [
        data(chunk({ role: 'assistant', content: '' })),
        ...pieces.map((content) => data(chunk({ content }))),
        data(chunk({}, finish)),
        ...(wantsUsage && usage ? [data({ ...head, choices: [], usage })] : []),
        'data: [DONE]\n\n',
      ],
    }
  }

/** A stream with a tool call, its arguments in pieces. */
export const chatToolStream =
  (name: string, pieces: readonly string[], usage: ChatUsage | undefined = CHAT_USAGE) =>
  (): ProviderAnswer => {
    const { choices: _, ...head } = chunk({})
    const call = { index: 0, id: 'call_1', type: 'function', function: { name, arguments: '' } }
    return {
      events: [
        data(chunk({ role: 'assistant', content: null, tool_calls: [call] })),
        ...pieces.map((text) =>
          data(chunk({ tool_calls: [{ index: 0, function: { arguments: text } }] })),
        ),
        data(chunk({}, 'tool_calls')),
        ...(usage ? [data({ ...head, choices: [], usage })] : []),
        'data: [DONE]\n\n',
      ],
    }
  }

export const chatAnswer =
  (content: string, usage: ChatUsage | undefined = CHAT_USAGE, more: object = {}) =>
  (): ProviderAnswer => ({
    json: {
      id: 'chatcmpl-1',
      object: 'chat.completion',
      created: 1_700_000_000,
      model: MODEL,
      choices: [{ index: 0, message: { role: 'assistant', content }, finish_reason: 'stop' }],
      usage,
      ...more,
    },
  })

const RESPONSES_USAGE = {
  input_tokens: 20,
  input_tokens_details: { cached_tokens: 8 },
  output_tokens: 40,
  output_tokens_details: { reasoning_tokens: 5 },
  total_tokens: 60,
}

const response = (status: string, output: unknown[], usage: unknown) => ({
  id: 'resp_1',
  object: 'response',
  created_at: 1_700_000_000,
  status,
  error: null,
  incomplete_details: null,
  instructions: null,
  metadata: {},
  model: MODEL,
  output,
  parallel_tool_calls: true,
  temperature: 1,
  tool_choice: 'auto',
  tools: [],
  top_p: 1,
  usage,
})

/** A `responses` stream with one message. */
export const responsesStream =
  (pieces: readonly string[], usage: unknown = RESPONSES_USAGE) =>
  (): { readonly events: readonly string[] } => {
    let sequence = 0
    const event = (type: string, fields: object) =>
      typed({ type, sequence_number: sequence++, ...fields } as { type: string })
    const text = pieces.join('')
    const place = { item_id: 'msg_1', output_index: 0, content_index: 0 }
    const part = (of: string) => ({ type: 'output_text', text: of, annotations: [], logprobs: [] })
    const item = (status: string, content: unknown[]) => ({
      id: 'msg_1',
      type: 'message',
      role: 'assistant',
      status,
      content,
    })
    return {
      events: [
        event('response.created', { response: response('in_progress', [], null) }),
        event('response.output_item.added', { output_index: 0, item: item('in_progress', []) }),
        event('response.content_part.added', { ...place, part: part('') }),
        ...pieces.map((delta) =>
          event('response.output_text.delta', { ...place, delta, logprobs: [] }),
        ),
        event('response.output_text.done', { ...place, text, logprobs: [] }),
        event('response.content_part.done', { ...place, part: part(text) }),
        event('response.output_item.done', {
          output_index: 0,
          item: item('completed', [part(text)]),
        }),
        event('response.completed', {
          response: response('completed', [item('completed', [part(text)])], usage),
        }),
      ],
    }
  }

/** A `responses` stream with a function call, its arguments in pieces. */
export const responsesToolStream =
  (name: string, pieces: readonly string[]) => (): { readonly events: readonly string[] } => {
    let sequence = 0
    const event = (type: string, fields: object) =>
      typed({ type, sequence_number: sequence++, ...fields } as { type: string })
    const item = (status: string, text: string) => ({
      id: 'fc_1',
      type: 'function_call',
      call_id: 'call_1',
      name,
      arguments: text,
      status,
    })
    const place = { item_id: 'fc_1', output_index: 0 }
    const text = pieces.join('')
    return {
      events: [
        event('response.created', { response: response('in_progress', [], null) }),
        event('response.output_item.added', { output_index: 0, item: item('in_progress', '') }),
        ...pieces.map((delta) =>
          event('response.function_call_arguments.delta', { ...place, delta }),
        ),
        event('response.function_call_arguments.done', { ...place, arguments: text }),
        event('response.output_item.done', { output_index: 0, item: item('completed', text) }),
        event('response.completed', {
          response: response('completed', [item('completed', text)], RESPONSES_USAGE),
        }),
      ],
    }
  }

export const responsesAnswer =
  (text: string, more: object = {}) =>
  (): ProviderAnswer => ({
    json: {
      ...response(
        'completed',
        [
          {
            id: 'msg_1',
            type: 'message',
            role: 'assistant',
            status: 'completed',
            content: [{ type: 'output_text', text, annotations: [], logprobs: [] }],
          },
        ],
        RESPONSES_USAGE,
      ),
      ...more,
    },
  })
