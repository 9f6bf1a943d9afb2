import type { SystemFacts } from '../../../src/client/index.ts'
import { counted, exact } from '../../../src/react/format/index.ts'
import { useRead } from '../../api/use-api.ts'
import { Block } from '../../ui/block.tsx'
import { Facts } from '../../ui/facts.tsx'
import { Panel } from '../../ui/panel.tsx'
import { Time } from '../../ui/time.tsx'

const STORES = { pglite: 'Embedded PostgreSQL (PGlite)', postgres: 'PostgreSQL' } as const

/** The version, the storage and the queues of this installation. */
export const Installation = () => {
  const system = useRead(['system'], ({ system }, options) => system.get({}, options), {
    poll: true,
  })
  return (
    <Panel title="Installation">
      <Block of={system} lines={12}>
        {(facts) => <Facts of={factsOf(facts)} />}
      </Block>
    </Panel>
  )
}

const factsOf = ({ version, store, schema, catalogs, configured, isDemo, queues }: SystemFacts) => [
  ['Tollgate', version] as const,
  ['Store', `${STORES[store.kind]} ${store.version}`] as const,
  [
    'Schema',
    <span key="schema">
      {schema.migration}, <Time at={schema.appliedAt} />
    </span>,
  ] as const,
  ...catalogs.map(
    ({ catalog, version, since, modelPrices }) =>
      [
        `Catalog ${catalog}`,
        <span key={catalog}>
          v{version}, prices since <Time at={since} />
          {modelPrices > 0 && `, ${counted(modelPrices, 'own model price')}`}
        </span>,
      ] as const,
  ),
  isDemo && (['Data', 'demo: invented customers and calls'] as const),
  ['Stripe', isSet(configured.stripe)] as const,
  ['Redis', isSet(configured.redis)] as const,
  ['Journal', isSet(configured.journal)] as const,
  ['Webhooks', configured.webhooks ? 'sent by this process' : 'not sent by this process'] as const,
  ['Mail', configured.mail ? 'sent by this process' : 'not sent by this process'] as const,
  ['Calls not yet recorded', exact(queues.calls)] as const,
  ['Pending Stripe requests', exact(queues.stripe)] as const,
  ['Pending events', exact(queues.events)] as const,
  ['Pending deliveries', exact(queues.deliveries)] as const,
]

const isSet = (is: boolean): string => (is ? 'configured' : 'not configured')
