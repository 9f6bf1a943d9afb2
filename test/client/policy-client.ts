import type { ClientOptions } from '../../src/client/index.ts'
import type { openDoor } from '../http/door.ts'

/** Only a rate limits this call, and a rate is open. */
export const OPEN = { eventType: 'api_call' } as const
/** A quota limits this call, and a quota is closed. */
export const CLOSED = { eventType: 'chat_message', quantities: { tokens: 10 } } as const

/** The options of a client that answers by each limit's policy while its server is away. */
export const policyOptions = (
  door: ReturnType<typeof openDoor>,
  of: { readonly key: string; readonly organizationId: string },
) =>
  ({
    ...of,
    url: 'http://tollgate.test',
    clock: door().clock,
    retries: 0,
    whenAway: 'policy',
  }) as const satisfies ClientOptions
