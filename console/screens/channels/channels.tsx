import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import type { Channel } from '../../../src/client/index.ts'
import { useRead } from '../../api/use-api.ts'
import linkCss from '../../ui/link.module.css'
import { ListPanel } from '../../ui/list-panel.tsx'
import type { Column } from '../../ui/table.tsx'
import { Time } from '../../ui/time.tsx'
import css from '../alerts/alerts.module.css'
import { ChannelActs } from './channel-acts.tsx'
import { NewChannel } from './channel-form.tsx'
import { ChannelState, KIND_TEXT, timesText, toldText } from './channel-words.tsx'
import { channelsKey, channelsOf, toChannel, type Whose } from './whose.ts'

const PAGE = 25

/** The Slack and e-mail channels, with their delivery state. */
export const Channels = ({
  whose,
  mayManage,
}: {
  readonly whose: Whose
  readonly mayManage: boolean
}) => {
  const [isNewOpen, setIsNewOpen] = useState(false)
  const [cursor, setCursor] = useState<string | undefined>()
  const channels = useRead(
    [...channelsKey(whose), 'list', cursor],
    (tollgate, options) => {
      const { verbs, of } = channelsOf(tollgate, whose)
      return verbs.list({ ...of, limit: PAGE, ...(cursor !== undefined && { cursor }) }, options)
    },
    { poll: true },
  )
  return (
    <>
      <ListPanel
        of={channels}
        title="Channels"
        note={
          whose === null
            ? 'alerts of all customers, by Slack or e-mail'
            : 'alerts of this customer, by Slack or e-mail'
        }
        add={mayManage ? { label: 'Add channel', onClick: () => setIsNewOpen(true) } : undefined}
        lines={3}
        empty={{
          title: 'No channels yet',
          text:
            'A channel is a Slack webhook or an e-mail address. It receives alerts of a minimum ' +
            'severity, outside its quiet hours.',
        }}
        label="Every channel"
        columns={columnsOf(whose, mayManage)}
        keyOf={({ id }) => id}
        isMuted={({ state }) => state === 'paused'}
        size={PAGE}
        onGo={setCursor}
        cursor={cursor}
      />
      {isNewOpen && <NewChannel whose={whose} onClose={() => setIsNewOpen(false)} />}
    </>
  )
}

const columnsOf = (whose: Whose, mayManage: boolean): readonly Column<Channel>[] => [
  {
    key: 'channel',
    head: 'Channel',
    cell: ({ id, kind, name, target }) => (
      <span className={css.what}>
        <Link {...toChannel(whose, id)} className={linkCss.link}>
          {name ?? target}
        </Link>
        <small>{name === null ? KIND_TEXT[kind] : `${KIND_TEXT[kind]}: ${target}`}</small>
      </span>
    ),
  },
  {
    key: 'state',
    head: 'State',
    cell: (channel) => (
      <span className={css.what}>
        <ChannelState of={channel} />
        {channel.reason !== null && <small>{channel.reason}</small>}
      </span>
    ),
  },
  {
    key: 'told',
    head: 'Events',
    cell: (channel) => (
      <span className={css.what} title={channel.kinds.join('\n')}>
        {toldText(channel)}
        <small>{timesText(channel)}</small>
      </span>
    ),
  },
  {
    key: 'success',
    head: 'Last delivered',
    isFigure: true,
    cell: ({ lastSuccessAt }) =>
      lastSuccessAt === null ? 'never' : <Time at={lastSuccessAt} form="relative" />,
  },
  {
    key: 'acts',
    head: '',
    isFigure: true,
    cell: (channel) => <ChannelActs {...{ whose, channel, mayManage }} />,
  },
]
