import { appendFileSync } from 'node:fs'
import { metered } from 'tollgate/next'
import { getTollgate, identify } from '../../tollgate'

const options = { eventType: 'chat_message', identify, estimate: { quantities: { tokens: 900 } } }

/** Sends pieces until the reader leaves, and stores their number. */
export const POST = metered(getTollgate, options, async (request, { hold }) => {
  const count = Number(request.headers.get('x-pieces'))
  let made = 0
  const body = new ReadableStream({
    pull: async (controller) => {
      if (made === count) return controller.close()
      made += 1
      hold?.used({ quantities: { tokens: made } })
      controller.enqueue(new TextEncoder().encode(`piece ${made}\n`))
      await new Promise((resolve) => setTimeout(resolve, 5))
    },
    cancel: () => appendFileSync('left.txt', `${made}\n`),
  })
  return new Response(body)
})
