import { withApiKey } from 'tollgate/next'
import { getTollgate } from '../../tollgate'

const options = { eventType: 'chat_message', quantities: { tokens: 2 } }

export const POST = withApiKey(getTollgate, options, (_request, { organizationId }) =>
  Response.json({ organizationId }),
)
