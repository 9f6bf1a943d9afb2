import { tollgateMiddleware } from 'tollgate/ai'
import { meterAnthropic } from 'tollgate/anthropic'
import { createClient } from 'tollgate/client'
import { meterChatModel } from 'tollgate/langchain'
import { type ModelMeterOptions, meterOpenAI, TollgateRefusal } from 'tollgate/openai'

const tollgate = createClient({ url: 'http://127.0.0.1:4000', key: 'key' })
const options: ModelMeterOptions = { eventType: 'chat_message', organizationId: () => 'acme' }

/** A hand-written client: the types need no SDK. */
class OwnClient {
  readonly answer = 42
  withOptions(_: { timeout?: number; fetch?: typeof fetch }): OwnClient {
    return this
  }
}

export const answers: number[] = [
  meterOpenAI(new OwnClient(), tollgate, options).answer,
  meterAnthropic(new OwnClient(), tollgate, options).answer,
]

/** A hand-written chat model. */
class OwnChatModel {
  readonly temperature = 1
  async invoke(input: string): Promise<string> {
    return input
  }
  _llmType(): string {
    return 'own'
  }
}
export const { temperature } = meterChatModel(new OwnChatModel(), tollgate, options)

export const { specificationVersion } = tollgateMiddleware(tollgate, options)
// @ts-expect-error an event type is always named
tollgateMiddleware(tollgate, {})

export const statusOf = (error: unknown): number =>
  error instanceof TollgateRefusal ? error.status : 500
