import { useState } from 'react'
import type { Channel } from '../../../src/client/index.ts'
import { useRead } from '../../api/use-api.ts'
import { Block } from '../../ui/block.tsx'
import { Choice } from '../../ui/choice.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { Facts } from '../../ui/facts.tsx'
import { Json, Verbatim } from '../../ui/verbatim.tsx'
import css from '../webhooks/webhooks.module.css'
import { channelName } from './channel-words.tsx'
import { channelsKey, channelsOf, type Whose } from './whose.ts'

const SAMPLES = ['alert', 'recovered', 'digest'] as const
type Sample = (typeof SAMPLES)[number]
const SAMPLE_TEXT = { alert: 'an alert', recovered: 'a recovery', digest: 'a daily digest' }

/**
 * A sample message as text. The content policy allows no frames or foreign markup, so an e-mail is
 * shown in its text form.
 */
export const ChannelPreviewSheet = ({
  whose,
  channel,
  onClose,
}: {
  readonly whose: Whose
  readonly channel: Channel
  readonly onClose: () => void
}) => {
  const [sample, setSample] = useState<Sample>('alert')
  const preview = useRead(
    [...channelsKey(whose), channel.id, 'preview', sample],
    (tollgate, options) => {
      const { verbs, of } = channelsOf(tollgate, whose)
      return verbs.preview({ ...of, channelId: channel.id, sample }, options)
    },
  )
  return (
    <Dialog title={`Preview of ${channelName(channel)}`} onClose={onClose}>
      <div className={css.below}>
        <p className={css.muted}>A sample with made-up figures. Nothing is sent.</p>
        <Choice
          label="Sample of"
          value={sample}
          options={SAMPLES}
          words={(one) => SAMPLE_TEXT[one]}
          onSet={setSample}
        />
        <Block of={preview} lines={10}>
          {({ subject, text, slack }) =>
            channel.kind === 'email' ? (
              <div className={css.below}>
                <Facts of={[['Subject', subject]]} />
                <h3>The e-mail as plain text</h3>
                <Verbatim label="E-mail text" isFolded={false}>
                  {text}
                </Verbatim>
              </div>
            ) : (
              <div className={css.below}>
                <Facts of={[['Notification', slack.text]]} />
                <h3>The message as Slack blocks</h3>
                <Json label="Slack blocks">{slack.blocks}</Json>
              </div>
            )
          }
        </Block>
      </div>
    </Dialog>
  )
}
