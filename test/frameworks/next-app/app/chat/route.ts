import { metered } from 'tollgate/next'
import { getTollgate, identify } from '../../tollgate'

const options = { eventType: 'chat_message', identify, estimate: { quantities: { tokens: 100 } } }

export const POST = metered(getTollgate, options, async (_request, { hold }) => {
  hold?.used({ quantities: { tokens: 42 } })
  return Response.json({ ok: true })
})

/** Reads nothing of the request, so a build might run it. */
export const GET = metered(
  getTollgate,
  { eventType: 'chat_message', identify: { organizationId: 'acme' }, quantities: { tokens: 1 } },
  () => Response.json({ ok: true }),
)
