import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import type { Webhook } from '../../../src/client/index.ts'
import { useAct } from '../../api/use-api.ts'
import { Button } from '../../ui/button.tsx'
import { FormDialog } from '../../ui/dialog.tsx'
import { ActError } from '../../ui/error-note.tsx'
import { TextField } from '../../ui/field.tsx'
import { SecretOnce } from '../../ui/secret-once.tsx'
import { useToast } from '../../ui/toasts.tsx'
import { ChangeEndpoint } from './endpoint-form.tsx'
import { endpointsOf, toEndpoints, type Whose, webhooksKey } from './whose.ts'

interface OfEndpoint {
  readonly whose: Whose
  readonly endpoint: Webhook
}

/** The actions on an endpoint; irreversible ones come last. */
export const EndpointActs = ({ whose, endpoint }: OfEndpoint) => {
  const say = useToast()
  const [opened, setOpened] = useState<'change' | 'rotate' | 'remove' | null>(null)
  const [secret, setSecret] = useState<string | null>(null)
  const test = useAct(
    (tollgate) => {
      const { verbs, of } = endpointsOf(tollgate, whose)
      return verbs.test({ ...of, endpointId: endpoint.id })
    },
    { changes: webhooksKey(whose), onDone: () => say('A test is on its way.') },
  )
  return (
    <>
      <ActError of={test.error} />
      {endpoint.state === 'on' && (
        <Button isBusy={test.isPending} onClick={() => test.mutate(undefined)}>
          Send a test
        </Button>
      )}
      {endpoint.state === 'on' && <Pause whose={whose} endpoint={endpoint} />}
      {endpoint.state === 'paused' && <TurnOn whose={whose} endpoint={endpoint} />}
      <Button onClick={() => setOpened('change')}>Change</Button>
      <Button onClick={() => setOpened('rotate')}>Rotate secret</Button>
      <Button kind="quiet" onClick={() => setOpened('remove')}>
        Remove
      </Button>
      {opened === 'change' && (
        <ChangeEndpoint whose={whose} endpoint={endpoint} onClose={() => setOpened(null)} />
      )}
      {opened === 'rotate' && (
        <Rotate
          whose={whose}
          endpoint={endpoint}
          onMade={(made) => {
            setOpened(null)
            setSecret(made)
          }}
          onClose={() => setOpened(null)}
        />
      )}
      {opened === 'remove' && (
        <Remove whose={whose} endpoint={endpoint} onClose={() => setOpened(null)} />
      )}
      {secret !== null && (
        <SecretOnce secret={secret} what="secret" onClose={() => setSecret(null)} />
      )}
    </>
  )
}

/** Turns an endpoint on, after a pause or after it was disabled. */
export const TurnOn = (props: OfEndpoint) => (
  <SetState {...props} state="on" said="The endpoint is on." act="Turn it on" />
)

const Pause = (props: OfEndpoint) => (
  <SetState
    {...props}
    state="paused"
    said="The endpoint is paused. New events are not sent."
    act="Pause"
  />
)

const SetState = ({
  whose,
  endpoint,
  state,
  said,
  act,
}: OfEndpoint & {
  readonly state: 'on' | 'paused'
  readonly said: string
  readonly act: string
}) => {
  const say = useToast()
  const update = useAct(
    (tollgate) => {
      const { verbs, of } = endpointsOf(tollgate, whose)
      return verbs.update({ ...of, endpointId: endpoint.id, state })
    },
    { changes: webhooksKey(whose), onDone: () => say(said) },
  )
  return (
    <>
      <ActError of={update.error} />
      <Button isBusy={update.isPending} onClick={() => update.mutate(undefined)}>
        {act}
      </Button>
    </>
  )
}

const Rotate = ({
  whose,
  endpoint,
  onMade,
  onClose,
}: OfEndpoint & { readonly onMade: (secret: string) => void; readonly onClose: () => void }) => {
  const rotate = useAct(
    (tollgate) => {
      const { verbs, of } = endpointsOf(tollgate, whose)
      return verbs.rotateSecret({ ...of, endpointId: endpoint.id })
    },
    { changes: webhooksKey(whose), onDone: ({ secret }) => onMade(secret) },
  )
  return (
    <FormDialog
      kind="box"
      title="Rotate the secret"
      act="Rotate the secret"
      isBusy={rotate.isPending}
      error={rotate.error}
      onAct={() => rotate.mutate(undefined)}
      onClose={onClose}
    >
      <p>
        The new secret is shown once. For 24 hours deliveries are signed with both secrets, so a
        receiver with either accepts them.
      </p>
    </FormDialog>
  )
}

const Remove = ({ whose, endpoint, onClose }: OfEndpoint & { readonly onClose: () => void }) => {
  const say = useToast()
  const navigate = useNavigate()
  const [typed, setTyped] = useState('')
  const { host } = new URL(endpoint.url)
  const remove = useAct(
    (tollgate) => {
      const { verbs, of } = endpointsOf(tollgate, whose)
      return verbs.remove({ ...of, endpointId: endpoint.id })
    },
    {
      changes: [...webhooksKey(whose), 'list'],
      onDone: () => {
        say(`${host} was removed.`)
        onClose()
        void navigate(toEndpoints(whose))
      },
    },
  )
  return (
    <FormDialog
      kind="box"
      title="Remove the endpoint"
      act="Remove the endpoint"
      isDangerous
      isBusy={remove.isPending}
      isReady={typed === host}
      error={remove.error}
      onAct={() => remove.mutate(undefined)}
      onClose={onClose}
    >
      <p>
        Its deliveries are deleted, including pending ones. This cannot be undone. To stop it
        temporarily, pause it.
      </p>
      <TextField label={`Type ${host} to remove it`} value={typed} onChange={setTyped} />
    </FormDialog>
  )
}
