import { useState } from 'react'
import type { Subscription } from '../../../src/client/index.ts'
import { useAct } from '../../api/use-api.ts'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { ActError } from '../../ui/error-note.tsx'
import { TextField } from '../../ui/field.tsx'
import { useToast } from '../../ui/toasts.tsx'
import css from './customer.module.css'

interface MoreActsProps {
  readonly organizationId: string
  readonly name: string
  readonly isClosed: boolean
  readonly subscription: Subscription | undefined
  readonly onClose: () => void
}

/** Rare actions; dangerous ones are separate and come last. */
export const MoreActs = (props: MoreActsProps) => {
  const { organizationId, name, isClosed, subscription, onClose } = props
  const say = useToast()
  const [newName, setNewName] = useState(name)
  const [typed, setTyped] = useState('')
  const changes = ['customer', organizationId]
  const done = (text: string) => () => say(text)
  const rename = useAct(
    ({ organizations }, input: string) => organizations.update({ organizationId, name: input }),
    { changes, onDone: done('The name was changed.') },
  )
  const standing = useAct(
    ({ subscriptions }, verb: 'pause' | 'resume' | 'keep' | 'cancel' | 'restart') =>
      subscriptions[verb]({ organizationId }),
    { changes, onDone: done('The subscription was changed.') },
  )
  const close = useAct(({ organizations }) => organizations.close({ organizationId }), {
    onDone: () => {
      say(`${name} is closed. Its usage data stay.`)
      onClose()
    },
  })
  const error = rename.error ?? standing.error ?? close.error
  return (
    <Dialog title={name} onClose={onClose}>
      <div className={css.below}>
        <TextField label="Name" value={newName} onChange={setNewName} />
        <div>
          <Button
            onClick={() => rename.mutate(newName)}
            isBusy={rename.isPending}
            disabled={newName === '' || newName === name}
          >
            Rename
          </Button>
        </div>
        {subscription && !isClosed && (
          <>
            <h3>Subscription</h3>
            {subscription.scheduled.length > 0 && (
              <Act
                does="Cancel the scheduled change"
                effect="The subscription continues unchanged."
                onAct={() => standing.mutate('keep')}
              />
            )}
            {subscription.state === 'paused' ? (
              <Act
                does="Resume"
                effect="The gate allows calls again, and billing continues."
                onAct={() => standing.mutate('resume')}
              />
            ) : subscription.state === 'ended' ? (
              <Act
                does="Restart"
                effect="It restarts on its plan. The time in between is not charged."
                onAct={() => standing.mutate('restart')}
              />
            ) : (
              <>
                <Act
                  does="Pause"
                  effect="The gate refuses every call and nothing is charged, until it is resumed."
                  onAct={() => standing.mutate('pause')}
                />
                <Act
                  does="Cancel at the end of the period"
                  effect="This can be undone until then."
                  onAct={() => standing.mutate('cancel')}
                />
              </>
            )}
          </>
        )}
        {!isClosed && (
          <>
            <h3>Close this customer</h3>
            <p className={css.muted}>
              The gate refuses all its calls, and its keys stop working. Its usage data stay. It
              cannot be reopened.
            </p>
            <TextField
              label={`Type ${organizationId} to close it`}
              value={typed}
              onChange={setTyped}
            />
            <div>
              <Button
                kind="danger"
                disabled={typed !== organizationId}
                isBusy={close.isPending}
                onClick={() => close.mutate(undefined)}
              >
                Close {name}
              </Button>
            </div>
          </>
        )}
        <ActError of={error} />
      </div>
    </Dialog>
  )
}

const Act = ({
  does,
  effect,
  onAct,
}: {
  readonly does: string
  readonly effect: string
  readonly onAct: () => void
}) => (
  <div>
    <Button onClick={onAct}>{does}</Button>
    <p className={css.muted}>{effect}</p>
  </div>
)
