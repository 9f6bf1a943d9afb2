import type { DeliveryDetail } from '../../../src/client/index.ts'
import { durationText } from '../../../src/react/format/index.ts'
import { useAct, useRead } from '../../api/use-api.ts'
import { Block } from '../../ui/block.tsx'
import { Button } from '../../ui/button.tsx'
import { Copy } from '../../ui/copy.tsx'
import { CustomerLink } from '../../ui/customer-link.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { ActError } from '../../ui/error-note.tsx'
import { Facts } from '../../ui/facts.tsx'
import { State } from '../../ui/state.tsx'
import { Time } from '../../ui/time.tsx'
import { useToast } from '../../ui/toasts.tsx'
import { Json, Verbatim } from '../../ui/verbatim.tsx'
import { DeliveryState } from './endpoint-state.tsx'
import { deliveriesOf, type Told, toldKey } from './told.ts'
import css from './webhooks.module.css'

interface DeliverySheetProps {
  readonly told: Told
  readonly deliveryId: string
  readonly mayManage: boolean
  readonly onClose: () => void
}

const WAITING_MS = 2_000

/** One delivery: its message and its attempts. */
export const DeliverySheet = (props: DeliverySheetProps) => {
  const { told, deliveryId, mayManage, onClose } = props
  const say = useToast()
  const delivery = useRead(
    [...toldKey(told), 'delivery', deliveryId],
    (tollgate, options) => {
      const { verbs, of } = deliveriesOf(tollgate, told)
      return verbs.get({ ...of, deliveryId }, options)
    },
    { pollMs: (latest) => (latest?.state === 'waiting' ? WAITING_MS : false) },
  )
  const resend = useAct(
    (tollgate) => {
      const { verbs, of } = deliveriesOf(tollgate, told)
      return verbs.resend({ ...of, deliveryId })
    },
    {
      changes: toldKey(told),
      onDone: () =>
        say(
          told.kind === 'channel'
            ? 'Queued to be sent again in a new message.'
            : 'Queued to be sent again with the same id.',
        ),
    },
  )
  return (
    <Dialog title={delivery.data?.kind ?? 'Delivery'} onClose={onClose}>
      <Block of={delivery} lines={10}>
        {(of) => (
          <div className={css.below}>
            <Facts of={factsOf(of, told)} />
            {mayManage && of.state !== 'waiting' && (
              <div>
                <Button isBusy={resend.isPending} onClick={() => resend.mutate(undefined)}>
                  Send it again
                </Button>
                <ActError of={resend.error} />
              </div>
            )}
            <h3>Attempts</h3>
            <Tries of={of} />
            <h3>{told.kind === 'channel' ? 'Event' : 'Payload'}</h3>
            <Json label="Payload">{of.payload}</Json>
          </div>
        )}
      </Block>
    </Dialog>
  )
}

const factsOf = (of: DeliveryDetail, { kind }: Told) => [
  ['State', <DeliveryState key="state" of={of.state} />] as const,
  of.reason !== null && (['Reason', of.reason] as const),
  ['Delivery', <Copy key="id" text={of.id} />] as const,
  [kind === 'channel' ? 'Event' : 'webhook-id', <Copy key="event" text={of.eventId} />] as const,
  of.messageId !== null && (['Message', <Copy key="message" text={of.messageId} />] as const),
  [
    'Customer',
    of.eventOrganizationId === null ? (
      'the platform'
    ) : (
      <CustomerLink key="of" organizationId={of.eventOrganizationId} />
    ),
  ] as const,
  ['Created', <Time key="made" at={of.createdAt} />] as const,
  of.doneAt !== null && (['Delivered', <Time key="done" at={of.doneAt} />] as const),
  of.nextAttemptAt !== null &&
    (['Next attempt', <Time key="next" at={of.nextAttemptAt} form="relative" />] as const),
]

/** Response bodies are untrusted, so they are rendered only as text. */
const Tries = ({ of: { tries, attempts } }: { readonly of: DeliveryDetail }) => {
  if (tries.length === 0) {
    return (
      <p className={css.muted}>
        {attempts === 0
          ? 'No attempts yet.'
          : 'Attempts are stored for 30 days, and these are older.'}
      </p>
    )
  }
  return (
    <ol className={css.tries}>
      {tries.map(({ attempt, triedAt, tookMs, status, error, answer }) => (
        <li key={`${attempt} ${triedAt}`}>
          <p>
            <strong>Try {attempt}</strong>
            <State tone={error === null ? 'good' : 'reached'}>
              {status === null ? 'no answer' : `answered ${status}`}
            </State>
            <span className={css.muted}>
              <Time at={triedAt} />, {durationText(tookMs)}
            </span>
          </p>
          {error !== null && error !== `it answered ${status}` && <p>{error}</p>}
          {answer !== null && answer !== '' && (
            <Verbatim label={`Answer to try ${attempt}`}>{answer}</Verbatim>
          )}
        </li>
      ))}
    </ol>
  )
}
