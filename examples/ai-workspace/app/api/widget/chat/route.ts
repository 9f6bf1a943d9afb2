import { metered } from 'tollgate/next'
import { tokensIn } from '@/workspace/local-model'
import { MAX_OUTPUT_TOKENS, openModel, usedBy } from '@/workspace/model'
import { WIDGET_SITES } from '@/workspace/seed'
import { notATask, taskOf } from '@/workspace/task'
import { getTollgate } from '@/workspace/tollgate'

const SYSTEM = "You answer visitors' questions in two or three sentences."

/**
 * A website's chat. It reserves the longest possible answer before it calls the model. Afterwards
 * it settles the text written so far, even if the visitor leaves early.
 */
export const POST = metered(
  getTollgate,
  {
    eventType: 'chat_message',
    identify: (request) => {
      const organizationId = WIDGET_SITES[request.headers.get('x-widget-site') ?? '']
      const sessionId = request.headers.get('x-visitor') ?? undefined
      return organizationId === undefined ? null : { organizationId, sessionId }
    },
    estimate: async (request) => ({
      inputTokens: tokensIn(SYSTEM) + tokensIn((await taskOf(request))?.text ?? ''),
      outputTokens: MAX_OUTPUT_TOKENS,
    }),
  },
  async (request, { hold, signal }) => {
    const task = await taskOf(request)
    if (!task) return notATask()
    const model = await openModel()
    const messages: [string, string][] = [
      ['system', SYSTEM],
      ['human', task.text],
    ]
    const chunks = (await model.stream(messages, { signal }))[Symbol.asyncIterator]()
    let written = ''
    const body = new ReadableStream<Uint8Array>({
      pull: async (controller) => {
        const { done, value } = await chunks.next()
        if (done) return controller.close()
        written += value.text
        // Reports the use so far. The last chunk has the provider's own figures.
        const counted = { usage_metadata: value.usage_metadata ?? countOf(task.text, written) }
        hold?.used(usedBy(model, counted))
        if (value.text !== '') controller.enqueue(new TextEncoder().encode(value.text))
      },
      cancel: () => void chunks.return?.(),
    })
    return new Response(body, { headers: { 'content-type': 'text/plain; charset=utf-8' } })
  },
)

const countOf = (asked: string, written: string) => ({
  input_tokens: tokensIn(SYSTEM) + tokensIn(asked),
  output_tokens: tokensIn(written),
})
