import { useState } from 'react'
import type { ApiKey } from '../../../src/client/index.ts'
import { useAct, useRead } from '../../api/use-api.ts'
import { Block, Empty } from '../../ui/block.tsx'
import { Button } from '../../ui/button.tsx'
import { Copy } from '../../ui/copy.tsx'
import { Panel } from '../../ui/panel.tsx'
import { SecretOnce } from '../../ui/secret-once.tsx'
import { State, Tag } from '../../ui/state.tsx'
import { type Column, Table } from '../../ui/table.tsx'
import { Time } from '../../ui/time.tsx'
import { useToast } from '../../ui/toasts.tsx'
import css from './customer.module.css'
import { NewKey } from './new-key.tsx'
import { RevokeKey } from './revoke-key.tsx'

const SHOWN = 100

/** The keys of a customer. A secret is shown once, when it is made. */
export const Keys = ({ organizationId }: { readonly organizationId: string }) => {
  const say = useToast()
  const [isNewOpen, setIsNewOpen] = useState(false)
  const [revoking, setRevoking] = useState<ApiKey | null>(null)
  const [secret, setSecret] = useState<string | null>(null)
  const keys = useRead(['customer', organizationId, 'keys'], ({ apiKeys }, options) =>
    apiKeys.list({ organizationId, limit: SHOWN }, options),
  )
  const rotate = useAct(({ apiKeys }, keyId: string) => apiKeys.rotate({ organizationId, keyId }), {
    changes: ['customer', organizationId, 'keys'],
    onDone: ({ key }) => {
      setSecret(key)
      say('The old key works for one more day.')
    },
  })
  const columns: readonly Column<ApiKey>[] = [
    { key: 'name', head: 'Key', cell: ({ name }) => name },
    { key: 'prefix', head: 'Begins with', cell: ({ prefix }) => <Copy text={prefix} /> },
    { key: 'state', head: 'State', cell: (key) => <KeyState of={key} /> },
    {
      key: 'scopes',
      head: 'May',
      isWideOnly: true,
      cell: ({ scopes }) => (
        <span className={css.scopes}>
          {scopes.map((scope) => (
            <Tag key={scope}>{scope}</Tag>
          ))}
        </span>
      ),
    },
    {
      key: 'used',
      head: 'Last used',
      cell: ({ lastUsedAt }) =>
        lastUsedAt === null ? 'never' : <Time at={lastUsedAt} form="relative" />,
    },
    {
      key: 'acts',
      head: '',
      isFigure: true,
      cell: (key) =>
        key.revokedAt === null && (
          <>
            <Button
              kind="quiet"
              isBusy={rotate.isPending && rotate.variables === key.id}
              onClick={() => rotate.mutate(key.id)}
            >
              Rotate
            </Button>
            <Button kind="quiet" onClick={() => setRevoking(key)}>
              Revoke
            </Button>
          </>
        ),
    },
  ]
  return (
    <Panel
      title="API keys"
      note="kept as SHA-256 only"
      acts={<Button onClick={() => setIsNewOpen(true)}>Create key</Button>}
      isFlush
    >
      <Block of={keys} lines={4}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty title="It has no key">
              With a key of its own a customer’s backend can call the gate for itself alone.
            </Empty>
          ) : (
            <Table
              label="API keys"
              columns={columns}
              rows={items}
              keyOf={({ id }) => id}
              isMuted={({ revokedAt }) => revokedAt !== null}
            />
          )
        }
      </Block>
      {isNewOpen && (
        <NewKey
          organizationId={organizationId}
          onClose={() => setIsNewOpen(false)}
          onMade={(key) => {
            setIsNewOpen(false)
            setSecret(key)
          }}
        />
      )}
      {revoking && (
        <RevokeKey
          organizationId={organizationId}
          apiKey={revoking}
          onClose={() => setRevoking(null)}
        />
      )}
      {secret !== null && <SecretOnce secret={secret} onClose={() => setSecret(null)} />}
    </Panel>
  )
}

const KeyState = ({ of }: { readonly of: ApiKey }) => {
  if (of.revokedAt !== null) return <State tone="muted">revoked</State>
  if (of.replacedBy !== null) {
    return (
      <State tone="near">
        replaced
        {of.expiresAt !== null && (
          <>
            , ends <Time at={of.expiresAt} form="relative" />
          </>
        )}
      </State>
    )
  }
  return (
    <State tone="good">
      works
      {of.expiresAt !== null && (
        <>
          , until <Time at={of.expiresAt} form="date" />
        </>
      )}
    </State>
  )
}
