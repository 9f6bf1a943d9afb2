import { recordResultSchema } from '../../contract/decision.ts'
import { mergedResult, ownedEvents, readIngest, singleRefusal } from '../ingest.ts'
import { ingestFormats } from '../ingest-formats.ts'
import { json } from '../replies.ts'
import { defineRoute } from '../route.ts'

/** Records use that has already happened. */
export const usageRecord = defineRoute({
  operationId: 'usage.record',
  method: 'post',
  path: '/api/usage/events',
  access: 'gate.use',
  organization: 'each event',
  tag: 'Ledger',
  summary: 'Record what has been used',
  description:
    'One event, a batch of up to 1,000, or CloudEvents 1.0 (structured, batched, or with `ce-` ' +
    'headers). Answers after the commit. In a batch, what is wrong with an event is told by its ' +
    'index and stops none of the others, so a batch answers 200 even when all are rejected; one ' +
    'event by itself that is rejected is a problem. `backfill: true`, beside an event or a ' +
    'batch, takes timestamps of any age from the administrator.\n\nOf a CloudEvent, `type` is ' +
    'the event type, `subject` the organization, `time` the timestamp, `<source>/<id>` the id ' +
    '("/" and "%" in its `id` percent-encoded), and `data` holds the other fields; extension ' +
    'attributes are left out.',
  body: { formats: ingestFormats, read: readIngest },
  idempotencyKey: true,
  answers: {
    200: { description: 'How many were accepted, and which were not.', schema: recordResultSchema },
  },
  problems: ['unprocessable', 'idempotency_conflict'],
  run: async (call) => {
    const { body, caller, findStanding } = call
    const owned = await ownedEvents(body, caller, findStanding, call.acting.idempotencyKey)
    const recorded = await call.tollgate.record(owned.events, {
      ...call.acting,
      backfill: call.body.backfill,
    })
    const result = mergedResult(owned, recorded, call.body.fieldName)
    if (call.body.single && result.rejected.length > 0) throw singleRefusal(result.rejected)
    return json(result)
  },
})
