import type { RecordResult } from '../contract/decision.ts'
import type { CallOptions } from '../contract/tollgate.ts'
import type { TollgateClient } from './remote.ts'
import type { Sent, Transport } from './transport.ts'

type GateVerbs =
  | 'check'
  | 'track'
  | 'record'
  | 'reserve'
  | 'extend'
  | 'settle'
  | 'release'
  | 'reverse'
  | 'explain'
  | 'current'

const NOTHING_RECORDED: RecordResult = { accepted: 0, duplicates: 0, rejected: [] }

/** The gate and the ledger. */
export const gateClient = ({ ask, askOnce }: Transport): Pick<TollgateClient, GateVerbs> => {
  const post = (path: string, body: unknown, organizationId?: string): Sent => ({
    method: 'POST',
    path: `/api/usage${path}`,
    query: { organizationId },
    body,
  })
  const reservation = (id: string, verb: string) =>
    `/reservations/${encodeURIComponent(id)}/${verb}`
  return {
    check: (input, options) => ask(post('/check', withId(input, options))),
    track: (input, options) => askOnce(post('/track', withId(input, options))),
    record: async (input, { backfill, ...options } = {}) => {
      // Always as a batch: what is wrong is then told by index, as it is in this process.
      const events = Array.isArray(input) ? input : [input]
      if (events.length === 0) return NOTHING_RECORDED
      const sent = events.length === 1 ? events.map((event) => withId(event, options)) : events
      return ask(post('/events', { events: sent, backfill }))
    },
    reserve: (input, options) => askOnce(post('/reservations', withId(input, options))),
    extend: (organizationId, id, input) =>
      ask(post(reservation(id, 'extend'), input, organizationId)),
    settle: (organizationId, id, input) =>
      askOnce(post(reservation(id, 'settle'), input, organizationId)),
    release: (organizationId, id) =>
      ask(post(reservation(id, 'release'), undefined, organizationId)),
    reverse: (organizationId, eventId, input) =>
      askOnce(post(`/events/${encodeURIComponent(eventId)}/reverse`, input, organizationId)),
    explain: (organizationId, decisionId) =>
      ask({
        method: 'GET',
        path: `/api/usage/decisions/${encodeURIComponent(decisionId)}`,
        query: { organizationId },
      }),
    current: (organizationId) =>
      ask({ method: 'GET', path: '/api/usage/current', query: { organizationId } }),
  }
}

/** In the body, not in the header, which takes no text outside of Latin-1. */
const withId = <Input extends { id?: string | undefined }>(
  input: Input,
  options: CallOptions = {},
): Input =>
  input.id === undefined && options.idempotencyKey !== undefined
    ? { ...input, id: options.idempotencyKey }
    : input
