import { useState } from 'react'
import type { Channel } from '../../../src/client/index.ts'
import { useAct } from '../../api/use-api.ts'
import { FormDialog } from '../../ui/dialog.tsx'
import { Field } from '../../ui/field.tsx'
import { useToast } from '../../ui/toasts.tsx'
import { ChannelFields } from './channel-fields.tsx'
import {
  type ChannelValues,
  changeInput,
  channelValuesOf,
  createInput,
  NEW_CHANNEL,
} from './channel-values.ts'
import { channelName, KIND_TEXT } from './channel-words.tsx'
import { channelsKey, channelsOf, type Whose } from './whose.ts'

const KINDS = ['slack', 'email'] as const

export const NewChannel = ({
  whose,
  onClose,
}: {
  readonly whose: Whose
  readonly onClose: () => void
}) => {
  const say = useToast()
  const [values, setValues] = useState<ChannelValues>(NEW_CHANNEL)
  const create = useAct(
    (tollgate, input: ReturnType<typeof createInput>) => {
      const { verbs, of } = channelsOf(tollgate, whose)
      return verbs.create({ ...of, ...input })
    },
    {
      changes: channelsKey(whose),
      onDone: (made) => {
        say(`${channelName(made)} is on. Send a test to check it.`)
        onClose()
      },
    },
  )
  return (
    <FormDialog
      title="Add channel"
      act="Add channel"
      isBusy={create.isPending}
      isReady={values.target !== ''}
      error={create.error}
      onAct={() => create.mutate(createInput(values))}
      onClose={onClose}
    >
      <Field label="Type">
        {(control) => (
          <select
            {...control}
            value={values.kind}
            onChange={({ target }) => {
              const kind = KINDS.find((one) => one === target.value)
              if (kind) setValues((now) => ({ ...now, kind, target: '' }))
            }}
          >
            {KINDS.map((kind) => (
              <option key={kind} value={kind}>
                {KIND_TEXT[kind]}
              </option>
            ))}
          </select>
        )}
      </Field>
      <ChannelFields {...{ values, error: create.error, onChange: setValues }} />
    </FormDialog>
  )
}

/** Changes a channel's address, event kinds and times. */
export const ChangeChannel = ({
  whose,
  channel,
  onClose,
}: {
  readonly whose: Whose
  readonly channel: Channel
  readonly onClose: () => void
}) => {
  const say = useToast()
  const [values, setValues] = useState<ChannelValues>(() => channelValuesOf(channel))
  const update = useAct(
    (tollgate, input: ReturnType<typeof changeInput>) => {
      const { verbs, of } = channelsOf(tollgate, whose)
      return verbs.update({ ...of, channelId: channel.id, ...input })
    },
    {
      changes: channelsKey(whose),
      onDone: () => {
        say('The channel was changed.')
        onClose()
      },
    },
  )
  return (
    <FormDialog
      title={`Change ${channelName(channel)}`}
      act="Change channel"
      isBusy={update.isPending}
      isReady={values.kind === 'slack' || values.target !== ''}
      error={update.error}
      onAct={() => update.mutate(changeInput(values))}
      onClose={onClose}
    >
      <ChannelFields
        {...{ values, error: update.error, onChange: setValues }}
        present={channel.target}
      />
    </FormDialog>
  )
}
