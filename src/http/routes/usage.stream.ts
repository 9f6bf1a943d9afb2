import { stillMay } from '../access.ts'
import { eventStreamReply } from '../event-stream.ts'
import { organizationParameters } from '../organization-parameters.ts'
import { defineRoute } from '../route.ts'

/** Longer than any that we give. */
const MAX_EVENT_ID = 64

/** The live figures of one organization. */
export const usageStream = defineRoute({
  operationId: 'usage.stream',
  method: 'get',
  path: '/api/organizations/{orgId}/usage/stream',
  access: 'usage.read',
  organization: 'path',
  tag: 'Usage',
  summary: 'How an organization stands, live',
  description:
    'Server-sent events: `usage`, with the same figures as `GET /api/usage/current`, at once and ' +
    'whenever they change, at most once a second. Who is slow is sent the latest only. With ' +
    '`Last-Event-ID`, nothing until there is something else to tell. Ends when the credential does.',
  params: organizationParameters,
  answers: { 200: { description: 'The stream.', mediaType: 'text/event-stream' } },
  problems: ['too_many_streams'],
  run: async ({ tollgate, authentication, params: { orgId }, request }) => {
    const after = request.headers.get('last-event-id')?.slice(0, MAX_EVENT_ID)
    const mayGoOn = () => stillMay(request, orgId, 'usage.read', authentication, tollgate.members)
    return eventStreamReply(await tollgate.usage.liveWithBeats(orgId, { after, mayGoOn }))
  },
})
