import { useState } from 'react'
import type { Webhook, WebhookCreated } from '../../../src/client/index.ts'
import { useAct } from '../../api/use-api.ts'
import { FormDialog } from '../../ui/dialog.tsx'
import { faultOf } from '../../ui/faults.ts'
import { TextField } from '../../ui/field.tsx'
import { useToast } from '../../ui/toasts.tsx'
import { KindsField } from './kinds-field.tsx'
import { endpointsOf, type Whose, webhooksKey } from './whose.ts'

interface Values {
  readonly url: string
  readonly description: string
  readonly kinds: readonly string[]
}

interface EndpointFieldsProps extends Values {
  readonly error: Parameters<typeof faultOf>[0]
  readonly onChange: (patch: Partial<Values>) => void
}

const EndpointFields = ({ url, description, kinds, error, onChange }: EndpointFieldsProps) => (
  <>
    <TextField
      label="Address"
      fault={faultOf(error, 'url')}
      note="https, on port 443 or 8443, and not within a private network."
      value={url}
      onChange={(url) => onChange({ url })}
    />
    <TextField
      label="Description"
      fault={faultOf(error, 'description')}
      note="A note for your team."
      value={description}
      onChange={(description) => onChange({ description })}
    />
    <KindsField kinds={kinds} onChange={(kinds) => onChange({ kinds })} />
  </>
)

/** Creates an endpoint. The response contains its secret, which is shown only once. */
export const NewEndpoint = ({
  whose,
  onMade,
  onClose,
}: {
  readonly whose: Whose
  readonly onMade: (made: WebhookCreated) => void
  readonly onClose: () => void
}) => {
  const [values, setValues] = useState<Values>({ url: '', description: '', kinds: [] })
  const create = useAct(
    (tollgate, { url, description, kinds }: Values) => {
      const { verbs, of } = endpointsOf(tollgate, whose)
      return verbs.create({
        ...of,
        url,
        kinds: [...kinds],
        ...(description !== '' && { description }),
      })
    },
    { changes: webhooksKey(whose), onDone: onMade },
  )
  return (
    <FormDialog
      title="Add endpoint"
      act="Add endpoint"
      isBusy={create.isPending}
      isReady={values.url !== ''}
      error={create.error}
      onAct={() => create.mutate(values)}
      onClose={onClose}
    >
      <EndpointFields
        {...values}
        error={create.error}
        onChange={(patch) => setValues((now) => ({ ...now, ...patch }))}
      />
    </FormDialog>
  )
}

/** Changes the URL and the event kinds of an endpoint. */
export const ChangeEndpoint = ({
  whose,
  endpoint,
  onClose,
}: {
  readonly whose: Whose
  readonly endpoint: Webhook
  readonly onClose: () => void
}) => {
  const say = useToast()
  const [values, setValues] = useState<Values>({
    url: endpoint.url,
    description: endpoint.description ?? '',
    kinds: endpoint.kinds,
  })
  const update = useAct(
    (tollgate, { url, description, kinds }: Values) => {
      const { verbs, of } = endpointsOf(tollgate, whose)
      return verbs.update({
        ...of,
        endpointId: endpoint.id,
        url,
        kinds: [...kinds],
        description: description === '' ? null : description,
      })
    },
    {
      changes: webhooksKey(whose),
      onDone: () => {
        say('The endpoint was changed.')
        onClose()
      },
    },
  )
  return (
    <FormDialog
      title="Change endpoint"
      act="Change endpoint"
      isBusy={update.isPending}
      isReady={values.url !== ''}
      error={update.error}
      onAct={() => update.mutate(values)}
      onClose={onClose}
    >
      <p>Pending deliveries of deselected events are marked as skipped, and can be sent later.</p>
      <EndpointFields
        {...values}
        error={update.error}
        onChange={(patch) => setValues((now) => ({ ...now, ...patch }))}
      />
    </FormDialog>
  )
}
