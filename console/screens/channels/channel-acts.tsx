import { useState } from 'react'
import type { Channel } from '../../../src/client/index.ts'
import { useAct } from '../../api/use-api.ts'
import { Button } from '../../ui/button.tsx'
import { FormDialog } from '../../ui/dialog.tsx'
import { ActError } from '../../ui/error-note.tsx'
import { useToast } from '../../ui/toasts.tsx'
import css from '../alerts/alerts.module.css'
import { ChangeChannel } from './channel-form.tsx'
import { ChannelPreviewSheet } from './channel-preview.tsx'
import { channelName } from './channel-words.tsx'
import { channelsKey, channelsOf, type Whose } from './whose.ts'

interface OfChannel {
  readonly whose: Whose
  readonly channel: Channel
}

/** The actions on a channel. Deletion comes last and asks for confirmation. */
export const ChannelActs = ({
  whose,
  channel,
  mayManage,
  onRemoved,
}: OfChannel & { readonly mayManage: boolean; readonly onRemoved?: () => void }) => {
  const [opened, setOpened] = useState<'preview' | 'change' | 'remove' | null>(null)
  const onClose = () => setOpened(null)
  const isTold = channel.state === 'on' || channel.state === 'failing'
  return (
    <span className={css.acts}>
      {mayManage && isTold && <Test {...{ whose, channel }} />}
      <Button onClick={() => setOpened('preview')}>Preview</Button>
      {mayManage && <SetState {...{ whose, channel }} isTold={isTold} />}
      {mayManage && <Button onClick={() => setOpened('change')}>Change</Button>}
      {mayManage && (
        <Button kind="quiet" onClick={() => setOpened('remove')}>
          Remove
        </Button>
      )}
      {opened === 'preview' && <ChannelPreviewSheet {...{ whose, channel, onClose }} />}
      {opened === 'change' && <ChangeChannel {...{ whose, channel, onClose }} />}
      {opened === 'remove' && <RemoveChannel {...{ whose, channel, onClose, onRemoved }} />}
    </span>
  )
}

const Test = ({ whose, channel }: OfChannel) => {
  const say = useToast()
  const test = useAct(
    (tollgate) => {
      const { verbs, of } = channelsOf(tollgate, whose)
      return verbs.test({ ...of, channelId: channel.id })
    },
    {
      changes: channelsKey(whose),
      onDone: () => say(`A test is on its way to ${channelName(channel)}.`),
    },
  )
  return (
    <>
      <ActError of={test.error} />
      <Button isBusy={test.isPending} onClick={() => test.mutate(undefined)}>
        Test
      </Button>
    </>
  )
}

/** Turns a channel on or off; the same action resumes a paused and a disabled one. */
const SetState = ({ whose, channel, isTold }: OfChannel & { readonly isTold: boolean }) => {
  const say = useToast()
  const update = useAct(
    (tollgate, state: 'on' | 'paused') => {
      const { verbs, of } = channelsOf(tollgate, whose)
      return verbs.update({ ...of, channelId: channel.id, state })
    },
    {
      changes: channelsKey(whose),
      onDone: ({ state }) =>
        say(`${channelName(channel)} is ${state === 'paused' ? 'paused' : 'on'}.`),
    },
  )
  return (
    <>
      <ActError of={update.error} />
      <Button isBusy={update.isPending} onClick={() => update.mutate(isTold ? 'paused' : 'on')}>
        {isTold ? 'Pause' : 'Turn on'}
      </Button>
    </>
  )
}

const RemoveChannel = ({
  whose,
  channel,
  onClose,
  onRemoved,
}: OfChannel & { readonly onClose: () => void; readonly onRemoved?: (() => void) | undefined }) => {
  const say = useToast()
  const remove = useAct(
    (tollgate) => {
      const { verbs, of } = channelsOf(tollgate, whose)
      return verbs.remove({ ...of, channelId: channel.id })
    },
    {
      changes: channelsKey(whose),
      onDone: () => {
        say(`${channelName(channel)} was removed.`)
        onClose()
        onRemoved?.()
      },
    },
  )
  return (
    <FormDialog
      kind="box"
      title={`Remove ${channelName(channel)}`}
      act="Remove the channel"
      isDangerous
      isBusy={remove.isPending}
      error={remove.error}
      onAct={() => remove.mutate(undefined)}
      onClose={onClose}
    >
      <p>
        Its delivery history is deleted, and pending messages are not sent. This cannot be undone.
        To stop it temporarily, pause it.
      </p>
    </FormDialog>
  )
}
