import { expect } from 'vitest'
import type { ReservationState } from '../../src/contract/decision.ts'
import type { MeteredOrganization, openMeteredModels } from './metered.ts'
import { wordsOf } from './metered.ts'
import type { chatStream } from './openai-wire.ts'

/** How a stream is cut: its loop is left, its signal aborts, or its socket breaks. */
export type Manner = 'break' | 'abort' | 'socket'

/** How many words each answer has. */
export const WORDS = 40

type Provider = Awaited<ReturnType<typeof openMeteredModels>>['provider']

/** Lets the provider pause after some words, or break the socket there. */
export const answerUpTo = (
  provider: Provider,
  answer: typeof chatStream,
  manner: Manner,
  words: number,
): void => {
  const lead = answer(['x'])({}).events.findIndex((event) => event.includes('"x"'))
  provider.answer((body) => ({
    ...answer(wordsOf(WORDS))(body),
    ...(manner === 'socket' ? { breakAfter: lead + words } : { pauseAfter: lead + words }),
  }))
}

/** Waits until the cut stream's hold is settled. It must be settled once, by the estimate. */
export const expectSettledOnce = async (
  provider: Provider,
  organization: MeteredOrganization,
  settled: readonly ReservationState[],
  { manner, words }: { readonly manner: Manner; readonly words: number },
): Promise<void> => {
  await provider.calls[0]?.over
  await expect.poll(() => settled.length, { interval: 2 }).toBe(1)
  expect(settled[0]).toMatchObject({ state: 'settled', overshoot: {}, late: false })
  const { used, held } = await organization.tokens()
  expect(held).toBe(0)
  // A destroyed socket may lose pieces that were not read yet.
  expect(used).toBeGreaterThan(manner === 'socket' ? 0 : words)
  expect(await organization.events()).toMatchObject([{ properties: { estimated: true } }])
}
