import { metered } from 'tollgate/next'
import { getTollgate, identify } from '../../tollgate'

const options = {
  eventType: (request: Request) => request.headers.get('x-event') ?? 'chat',
  identify,
  estimate: { quantities: { tokens: 100 } },
}

export const POST = metered(getTollgate, options, async (request, { hold }) => {
  if (request.headers.has('x-throws')) throw new Error('as the test asked')
  hold?.used({ quantities: { tokens: 42 } })
  return Response.json({ ok: true })
})
