import { useState } from 'react'
import type { Decision } from '../../../src/client/index.ts'
import { exact, REASON_TEXT, sentence } from '../../../src/react/format/index.ts'
import { useAct, useRead } from '../../api/use-api.ts'
import { FormDialog } from '../../ui/dialog.tsx'
import { Facts } from '../../ui/facts.tsx'
import { Field } from '../../ui/field.tsx'
import { LimitCell } from '../../ui/limit-line.tsx'
import { State } from '../../ui/state.tsx'
import { Time } from '../../ui/time.tsx'

/** Checks a call at the gate without recording it. */
export const TryCall = ({
  organizationId,
  onClose,
}: {
  readonly organizationId: string
  readonly onClose: () => void
}) => {
  const [eventType, setEventType] = useState('')
  const [properties, setProperties] = useState('{}')
  const organization = useRead(['customer', organizationId], ({ organizations }, options) =>
    organizations.get({ organizationId }, options),
  )
  const types = useRead(['catalog', 'eventTypes'], ({ catalog }, options) =>
    catalog.eventTypes.list({}, options),
  )
  const own = organization.data?.plan.split('/')[0]
  const check = useAct(
    (tollgate, input: { eventType: string; properties: Record<string, unknown> }) =>
      tollgate.check({ organizationId, ...input }),
    { changes: ['nothing'] },
  )
  const parsed = objectOf(properties)
  return (
    <FormDialog
      title="Try a call"
      act="Check the call"
      isBusy={check.isPending}
      isReady={eventType !== '' && parsed !== undefined}
      error={check.error}
      onAct={() => parsed && check.mutate({ eventType, properties: parsed })}
      onClose={onClose}
    >
      <Field label="Event type" note="The gate only checks it; nothing is recorded or held.">
        {(control) => (
          <select
            {...control}
            value={eventType}
            onChange={(event) => setEventType(event.target.value)}
          >
            <option value="">choose</option>
            {types.data
              ?.filter(({ catalog, active }) => catalog === own && active)
              .map(({ key, name }) => (
                <option key={key} value={key}>
                  {name}
                </option>
              ))}
          </select>
        )}
      </Field>
      <Field
        label="Properties, as JSON"
        fault={parsed === undefined ? 'Not a valid JSON object.' : undefined}
        note="Such as {&quot;complexity&quot;: 2, &quot;echo&quot;: true}"
      >
        {(control) => (
          <textarea
            {...control}
            spellCheck={false}
            value={properties}
            onChange={(event) => setProperties(event.target.value)}
          />
        )}
      </Field>
      {check.data && <Answer of={check.data} />}
    </FormDialog>
  )
}

const Answer = ({ of }: { readonly of: Decision }) => (
  <div role="status">
    <State tone={of.allowed ? 'good' : 'reached'}>
      {of.allowed ? 'It would be allowed' : `It would be refused: ${REASON_TEXT[of.reason]}`}
    </State>
    <Facts
      of={[
        ['Price', `${exact(of.credits)} credits`],
        ['Left in the tightest limit', exact(of.remaining)],
        of.resetAt !== null && ['Resets', <Time key="reset" at={of.resetAt} form="relative" />],
        ...of.limits.map(
          (limit) =>
            [
              sentence(limit.limit),
              <LimitCell
                key={limit.limit}
                limit={{
                  ...limit,
                  percentageUsed: limit.max ? (limit.used / limit.max) * 100 : null,
                }}
              />,
            ] as const,
        ),
      ]}
    />
  </div>
)

const objectOf = (text: string): Record<string, unknown> | undefined => {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined
  } catch {
    return undefined
  }
}
