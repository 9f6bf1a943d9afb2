import type { QueryKey } from '@tanstack/react-query'
import { type ReactNode, useState } from 'react'
import type { Page, TollgateClient } from '../../../src/client/index.ts'
import type { Right } from '../../../src/core/rights.ts'
import { useAct, useRead } from '../../api/use-api.ts'
import { Block } from '../../ui/block.tsx'
import { Button } from '../../ui/button.tsx'
import { Copy } from '../../ui/copy.tsx'
import { ActError } from '../../ui/error-note.tsx'
import { Panel } from '../../ui/panel.tsx'
import { SecretOnce } from '../../ui/secret-once.tsx'
import { Tag } from '../../ui/state.tsx'
import { type Column, Table } from '../../ui/table.tsx'
import { Time } from '../../ui/time.tsx'
import { useToast } from '../../ui/toasts.tsx'
import { KeyState } from './key-state.tsx'
import css from './keys.module.css'
import { NewKey } from './new-key.tsx'
import { RevokeKey } from './revoke-key.tsx'
import type { ShownKey } from './shown-key.ts'

const SHOWN = 100

type Verb<Input, Answer> = (tollgate: TollgateClient, input: Input) => PromiseLike<Answer>

/** The client's methods for keys of one kind. */
interface KeyVerbs {
  readonly list: (
    tollgate: TollgateClient,
    page: { limit: number },
    options: { signal: AbortSignal },
  ) => PromiseLike<Page<ShownKey>>
  readonly create: Verb<{ name: string; scopes: Right[]; expiresAt?: string }, { key: string }>
  /** Absent for kinds without rotation. */
  readonly rotate?: Verb<string, { key: string }>
  readonly revoke: Verb<string, unknown>
}

interface KeysPanelProps {
  readonly title: string
  readonly note: string
  readonly newTitle: string
  readonly cacheKey: QueryKey
  readonly verbs: KeyVerbs
  readonly scopes?: readonly Right[]
  readonly chosen?: readonly Right[]
  /** A warning above the form for a new key. */
  readonly warning?: ReactNode
  readonly empty: ReactNode
}

/** The keys of one kind: owner, state and last use. A secret is shown only once. */
export const KeysPanel = (props: KeysPanelProps) => {
  const { title, note, newTitle, cacheKey, verbs, scopes = [], chosen = [], warning, empty } = props
  const say = useToast()
  const [isNewOpen, setIsNewOpen] = useState(false)
  const [revoking, setRevoking] = useState<ShownKey | null>(null)
  const [secret, setSecret] = useState<string | null>(null)
  const keys = useRead(cacheKey, (tollgate, options) =>
    verbs.list(tollgate, { limit: SHOWN }, options),
  )
  const rotate = useAct(
    (tollgate, keyId: string) => {
      if (!verbs.rotate) throw new TypeError('these keys are not rotated')
      return verbs.rotate(tollgate, keyId)
    },
    {
      changes: cacheKey,
      onDone: ({ key }) => {
        setSecret(key)
        say('The old key works for one more day.')
      },
    },
  )
  const columns = columnsOf({
    hasScopes: scopes.length > 0,
    onRotate: verbs.rotate && rotate.mutate,
    rotating: rotate.isPending ? rotate.variables : undefined,
    onRevoke: setRevoking,
  })
  return (
    <Panel
      title={title}
      note={note}
      acts={<Button onClick={() => setIsNewOpen(true)}>{newTitle}</Button>}
      isFlush
    >
      <Block of={keys} lines={4}>
        {({ items }) =>
          items.length === 0 ? (
            empty
          ) : (
            <Table
              label={title}
              columns={columns}
              rows={items}
              keyOf={({ id }) => id}
              isMuted={({ revokedAt }) => revokedAt !== null}
            />
          )
        }
      </Block>
      <ActError of={rotate.error} />
      {isNewOpen && (
        <NewKey
          title={newTitle}
          scopes={scopes}
          chosen={chosen}
          create={verbs.create}
          changes={cacheKey}
          onClose={() => setIsNewOpen(false)}
          onMade={(key) => {
            setIsNewOpen(false)
            setSecret(key)
          }}
        >
          {warning}
        </NewKey>
      )}
      {revoking && (
        <RevokeKey
          of={revoking}
          revoke={(tollgate) => verbs.revoke(tollgate, revoking.id)}
          changes={cacheKey}
          onClose={() => setRevoking(null)}
        />
      )}
      {secret !== null && <SecretOnce secret={secret} onClose={() => setSecret(null)} />}
    </Panel>
  )
}

const columnsOf = ({
  hasScopes,
  onRotate,
  rotating,
  onRevoke,
}: {
  readonly hasScopes: boolean
  readonly onRotate: ((keyId: string) => void) | undefined
  readonly rotating: string | undefined
  readonly onRevoke: (key: ShownKey) => void
}): readonly Column<ShownKey>[] => [
  { key: 'name', head: 'Key', cell: ({ name }) => <span className={css.name}>{name}</span> },
  {
    key: 'prefix',
    head: 'Begins with',
    cell: ({ prefix }) => (prefix === null ? '—' : <Copy text={prefix} />),
  },
  {
    key: 'state',
    head: 'State',
    cell: (key) => (
      <>
        <KeyState of={key} />
        {key.isElsewhere && ', set in the server’s configuration'}
      </>
    ),
  },
  ...(hasScopes
    ? [
        {
          key: 'scopes',
          head: 'Scopes',
          isWideOnly: true,
          cell: ({ scopes = [] }: ShownKey) => (
            <span className={css.scopes}>
              {scopes.map((scope) => (
                <Tag key={scope}>{scope}</Tag>
              ))}
            </span>
          ),
        },
      ]
    : []),
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
      key.revokedAt === null &&
      !key.isElsewhere && (
        <>
          {onRotate && key.replacedBy == null && (
            <Button kind="quiet" isBusy={rotating === key.id} onClick={() => onRotate(key.id)}>
              Rotate
            </Button>
          )}
          <Button kind="quiet" onClick={() => onRevoke(key)}>
            Revoke
          </Button>
        </>
      ),
  },
]
