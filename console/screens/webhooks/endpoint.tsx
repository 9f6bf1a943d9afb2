import { Link } from '@tanstack/react-router'
import type { Webhook } from '../../../src/client/index.ts'
import { useRead } from '../../api/use-api.ts'
import { Block } from '../../ui/block.tsx'
import { Copy } from '../../ui/copy.tsx'
import { Facts } from '../../ui/facts.tsx'
import { Columns, Panel, Screen } from '../../ui/panel.tsx'
import { Tag } from '../../ui/state.tsx'
import { Time } from '../../ui/time.tsx'
import { Deliveries, type DeliverySearch } from './deliveries.tsx'
import { EndpointActs, TurnOn } from './endpoint-acts.tsx'
import { EndpointState } from './endpoint-state.tsx'
import css from './webhooks.module.css'
import { endpointsOf, toEndpoints, type Whose, webhooksKey } from './whose.ts'

interface EndpointProps {
  readonly whose: Whose
  readonly endpointId: string
  readonly mayManage: boolean
  readonly search: DeliverySearch
  readonly onSearch: (patch: DeliverySearch) => void
}

/** One endpoint: its settings and its deliveries. */
export const Endpoint = (props: EndpointProps) => {
  const { whose, endpointId, mayManage } = props
  const endpoint = useRead(
    [...webhooksKey(whose), endpointId],
    (tollgate, options) => {
      const { verbs, of } = endpointsOf(tollgate, whose)
      return verbs.get({ ...of, endpointId }, options)
    },
    { poll: true },
  )
  return (
    <Block of={endpoint} lines={10}>
      {(of) => (
        <Screen
          title={of.url}
          note={
            <>
              <EndpointState of={of} />{' '}
              <Link {...toEndpoints(whose)} className={css.back}>
                All endpoints
              </Link>
            </>
          }
          acts={mayManage && <EndpointActs whose={whose} endpoint={of} />}
        >
          {of.state === 'disabled' && <Disabled whose={whose} of={of} mayManage={mayManage} />}
          <Columns>
            <Deliveries {...props} told={{ whose, kind: 'endpoint', id: endpointId }} />
            <Told of={of} />
          </Columns>
        </Screen>
      )}
    </Block>
  )
}

const Disabled = ({
  whose,
  of,
  mayManage,
}: {
  readonly whose: Whose
  readonly of: Webhook
  readonly mayManage: boolean
}) => (
  <div className={css.note} data-tone="reached">
    <p>
      Deliveries stopped: {of.reason}. New events are marked as skipped. Once it is on, failed and
      skipped deliveries can be sent again below.
    </p>
    {mayManage && (
      <div>
        <TurnOn whose={whose} endpoint={of} />
      </div>
    )}
  </div>
)

const Told = ({ of }: { readonly of: Webhook }) => (
  <Panel title="The endpoint">
    <Facts
      of={[
        ['Id', <Copy key="id" text={of.id} />],
        of.description !== null && ['Description', of.description],
        [
          'Events',
          of.kinds.length === 0
            ? 'everything'
            : of.kinds.map((kind) => (
                <span key={kind}>
                  <Tag>{kind}</Tag>{' '}
                </span>
              )),
        ],
        ['Created', <Time key="made" at={of.createdAt} form="date" />],
        [
          'Last delivered',
          of.lastSuccessAt === null ? 'never' : <Time key="last" at={of.lastSuccessAt} />,
        ],
        of.failingSince !== null && ['Failing since', <Time key="failing" at={of.failingSince} />],
        of.formerSecretUntil !== null && [
          'Signed by two secrets until',
          <Time key="former" at={of.formerSecretUntil} />,
        ],
      ]}
    />
  </Panel>
)
