import { useState } from 'react'
import type { HistoryEvent } from '../../../src/client/index.ts'
import {
  amountOf,
  durationText,
  exact,
  exactMoney,
  plain,
  sentence,
} from '../../../src/react/format/index.ts'
import { useAct } from '../../api/use-api.ts'
import { useIsOperator } from '../../session/rights.ts'
import { Button } from '../../ui/button.tsx'
import { Copy } from '../../ui/copy.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { ActError } from '../../ui/error-note.tsx'
import { Facts } from '../../ui/facts.tsx'
import { TextField } from '../../ui/field.tsx'
import { Time } from '../../ui/time.tsx'
import { useToast } from '../../ui/toasts.tsx'
import { Json } from '../../ui/verbatim.tsx'
import css from './customer.module.css'

interface EventSheetProps {
  readonly organizationId: string
  readonly event: HistoryEvent
  readonly onClose: () => void
}

/** Amounts of a model call, shown only if present. */
const PARTS = [
  ...(['inputTokens', 'cachedInputTokens', 'outputTokens', 'reasoningTokens'] as const),
  ...(['cacheWriteTokens', 'inputAudioTokens', 'outputAudioTokens', 'webSearches'] as const),
] as const

/** All details of one event. */
export const EventSheet = ({ organizationId, event, onClose }: EventSheetProps) => {
  const say = useToast()
  const isOperator = useIsOperator()
  const [isSure, setIsSure] = useState(false)
  const [reason, setReason] = useState('')
  const reverse = useAct(
    (tollgate, reason: string) => tollgate.reverse({ organizationId, eventId: event.id, reason }),
    {
      changes: ['customer', organizationId],
      onDone: () => {
        say('The event was reversed by a new event.')
        onClose()
      },
    },
  )
  return (
    <Dialog title={event.eventType} onClose={onClose}>
      <div className={css.below}>
        <Facts
          of={[
            ['Id', <Copy key="id" text={event.id} />],
            ['Occurred', <Time key="at" at={event.occurredAt} />],
            ['Received', <Time key="received" at={event.receivedAt} />],
            ['Category', event.category],
            event.reverses !== null && ['Reverses', <Copy key="of" text={event.reverses} />],
            event.userId !== null && ['User', event.userId],
            event.sessionId !== null && ['Session', event.sessionId],
            event.apiKeyId !== null && ['API key', <Copy key="key" text={event.apiKeyId} />],
            event.endpoint !== null && ['Endpoint', `${event.method ?? ''} ${event.endpoint}`],
            event.status !== null && ['Status', event.status],
            event.durationMs !== null && ['Duration', durationText(event.durationMs)],
          ]}
        />
        <h3>Counted</h3>
        <Facts
          of={[
            ['Credits', exact(event.credits)],
            ...Object.entries(event.quantities).map(
              ([meter, amount]) =>
                [
                  sentence(plain(meter)),
                  typeof amount === 'number' ? amountOf(meter, amount) : amount,
                ] as const,
            ),
          ]}
        />
        {event.model !== null && (
          <>
            <h3>Model</h3>
            <Facts
              of={[
                ['Model', [event.provider, event.model].filter(Boolean).join(' / ')],
                ...PARTS.map((part) => {
                  const amount = event[part]
                  return amount !== null && ([sentence(words(part)), exact(amount)] as const)
                }),
                ['Cost', event.unpriced ? 'not priced' : exactMoney(event.costUsd)],
                event.priceName !== null && ['Priced as', event.priceName],
                event.priceSource !== null && ['Price from', event.priceSource],
              ]}
            />
          </>
        )}
        {event.properties !== null && (
          <>
            <h3>Properties</h3>
            <Json label="Properties">{event.properties}</Json>
          </>
        )}
        {event.reverses === null && isOperator && (
          <div>
            {isSure ? (
              <>
                <p>
                  A new event reverses its {exact(event.credits)} credits and all its quantities.
                  The event itself stays.
                </p>
                <TextField
                  label="Reason"
                  note="Shown in the audit log."
                  value={reason}
                  onChange={setReason}
                />
                <Button onClick={() => setIsSure(false)}>Cancel</Button>{' '}
                <Button
                  kind="danger"
                  isBusy={reverse.isPending}
                  disabled={reason === ''}
                  onClick={() => reverse.mutate(reason)}
                >
                  Reverse the event
                </Button>
              </>
            ) : (
              <Button onClick={() => setIsSure(true)}>Reverse …</Button>
            )}
            <ActError of={reverse.error} />
          </div>
        )}
      </div>
    </Dialog>
  )
}

const words = (field: string): string =>
  field.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)
