import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import type { Webhook, WebhookCreated } from '../../../src/client/index.ts'
import { useRead } from '../../api/use-api.ts'
import linkCss from '../../ui/link.module.css'
import { ListPanel } from '../../ui/list-panel.tsx'
import { SecretOnce } from '../../ui/secret-once.tsx'
import type { Column } from '../../ui/table.tsx'
import { Time } from '../../ui/time.tsx'
import { NewEndpoint } from './endpoint-form.tsx'
import { EndpointState, kindsText } from './endpoint-state.tsx'
import css from './webhooks.module.css'
import { endpointsOf, toEndpoint, type Whose, webhooksKey } from './whose.ts'

const PAGE = 50

/** The endpoints of a customer or the platform, with their delivery state. */
export const Endpoints = ({
  whose,
  mayManage,
}: {
  readonly whose: Whose
  readonly mayManage: boolean
}) => {
  const [isNewOpen, setIsNewOpen] = useState(false)
  const [made, setMade] = useState<WebhookCreated | null>(null)
  const [cursor, setCursor] = useState<string | undefined>()
  const endpoints = useRead(
    [...webhooksKey(whose), 'list', cursor],
    (tollgate, options) => {
      const { verbs, of } = endpointsOf(tollgate, whose)
      return verbs.list({ ...of, limit: PAGE, ...(cursor !== undefined && { cursor }) }, options)
    },
    { poll: true },
  )
  return (
    <>
      <ListPanel
        of={endpoints}
        title="Endpoints"
        note={
          whose === null
            ? 'receive the events of all customers'
            : 'receive the events of this customer'
        }
        add={mayManage ? { label: 'Add endpoint', onClick: () => setIsNewOpen(true) } : undefined}
        lines={4}
        empty={{
          title: 'No endpoints yet',
          text:
            'An endpoint is a URL that receives events, such as a reached limit or a changed ' +
            'plan. Each is signed as Standard Webhooks defines, and retried for days.',
        }}
        label="Endpoints"
        columns={columnsOf(whose)}
        keyOf={({ id }) => id}
        isMuted={({ state }) => state === 'paused'}
        size={PAGE}
        onGo={setCursor}
        cursor={cursor}
      />
      {isNewOpen && (
        <NewEndpoint
          whose={whose}
          onClose={() => setIsNewOpen(false)}
          onMade={(endpoint) => {
            setIsNewOpen(false)
            setMade(endpoint)
          }}
        />
      )}
      {made && (
        <SecretOnce secret={made.secret} what="secret" onClose={() => setMade(null)}>
          <p>Your receiver verifies signatures with this secret: {made.url}</p>
        </SecretOnce>
      )}
    </>
  )
}

const columnsOf = (whose: Whose): readonly Column<Webhook>[] => [
  {
    key: 'url',
    head: 'Address',
    cell: ({ id, url, description }) => (
      <span className={css.address}>
        <Link {...toEndpoint(whose, id)} className={linkCss.link}>
          {url}
        </Link>
        {description !== null && <small>{description}</small>}
      </span>
    ),
  },
  {
    key: 'state',
    head: 'State',
    cell: (endpoint) => (
      <span className={css.address}>
        <EndpointState of={endpoint} />
        {endpoint.reason !== null && <small>{endpoint.reason}</small>}
      </span>
    ),
  },
  {
    key: 'kinds',
    head: 'Events',
    cell: ({ kinds }) => <span title={kinds.join('\n') || undefined}>{kindsText(kinds)}</span>,
  },
  {
    key: 'success',
    head: 'Last delivered',
    cell: ({ lastSuccessAt }) =>
      lastSuccessAt === null ? 'never' : <Time at={lastSuccessAt} form="relative" />,
  },
  {
    key: 'made',
    head: 'Created',
    isWideOnly: true,
    cell: ({ createdAt }) => <Time at={createdAt} form="date" />,
  },
]
