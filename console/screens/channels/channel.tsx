import { Link, useNavigate } from '@tanstack/react-router'
import type { Channel as ChannelValue } from '../../../src/client/index.ts'
import { useRead } from '../../api/use-api.ts'
import { Block } from '../../ui/block.tsx'
import { Copy } from '../../ui/copy.tsx'
import { Facts } from '../../ui/facts.tsx'
import { Columns, Panel, Screen } from '../../ui/panel.tsx'
import { Time } from '../../ui/time.tsx'
import { Deliveries, type DeliverySearch } from '../webhooks/deliveries.tsx'
import css from '../webhooks/webhooks.module.css'
import { ChannelActs } from './channel-acts.tsx'
import { ChannelState, channelName, KIND_TEXT, timesText, toldText } from './channel-words.tsx'
import { channelsKey, channelsOf, toChannels, type Whose } from './whose.ts'

interface ChannelProps {
  readonly whose: Whose
  readonly channelId: string
  readonly mayManage: boolean
  readonly search: DeliverySearch
  readonly onSearch: (patch: DeliverySearch) => void
}

/** One channel: its settings and its deliveries. */
export const Channel = ({ whose, channelId, ...props }: ChannelProps) => {
  const navigate = useNavigate()
  const channel = useRead(
    [...channelsKey(whose), channelId],
    (tollgate, options) => {
      const { verbs, of } = channelsOf(tollgate, whose)
      return verbs.get({ ...of, channelId }, options)
    },
    { poll: true },
  )
  return (
    <Block of={channel} lines={10}>
      {(of) => (
        <Screen
          title={channelName(of)}
          note={
            <>
              <ChannelState of={of} />{' '}
              <Link {...toChannels(whose)} className={css.back}>
                All channels
              </Link>
            </>
          }
          acts={
            <ChannelActs
              whose={whose}
              channel={of}
              mayManage={props.mayManage}
              onRemoved={() => navigate(toChannels(whose))}
            />
          }
        >
          <Columns>
            <Deliveries {...props} told={{ whose, kind: 'channel', id: channelId }} />
            <Told of={of} />
          </Columns>
        </Screen>
      )}
    </Block>
  )
}

const Told = ({ of }: { readonly of: ChannelValue }) => (
  <Panel title="The channel">
    <Facts
      of={[
        ['Id', <Copy key="id" text={of.id} />],
        [KIND_TEXT[of.kind], of.target],
        of.reason !== null && ['Reason', of.reason],
        ['Events', toldText(of)],
        ['Schedule', timesText(of)],
        ['Created', <Time key="made" at={of.createdAt} form="date" />],
        [
          'Last delivered',
          of.lastSuccessAt === null ? 'never' : <Time key="last" at={of.lastSuccessAt} />,
        ],
        of.failingSince !== null && ['Failing since', <Time key="failing" at={of.failingSince} />],
      ]}
    />
  </Panel>
)
