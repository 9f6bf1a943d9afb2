'use client'
import { useCallback, useEffect, useState } from 'react'
import { useWords } from '../hooks/context.ts'
import {
  BlockNote,
  type BlockReading,
  isWithoutData,
  Skeleton,
  StaleNote,
} from '../parts/block-state.tsx'
import { type Common, classesOf } from '../parts/names.ts'
import { Root } from '../parts/root.tsx'
import { ConfirmDialog } from './confirm-dialog.tsx'
import { CreateDialog } from './create-dialog.tsx'
import { isInUse, type KeyActions, type ShownKey } from './key-actions.ts'
import { KeyTable } from './key-table.tsx'
import { SecretDialog } from './secret-dialog.tsx'

interface Look extends Common {
  /** Calls to your own server. */
  readonly actions?: KeyActions | undefined
  /** The scopes offered for a new key. */
  readonly scopes?: readonly string[] | undefined
  /** How long a key works after its rotation. A day by default. */
  readonly overlapSeconds?: number | undefined
  /** The current time for server rendering, ISO 8601. */
  readonly at?: string | undefined
}

interface Given extends Look {
  readonly keys: readonly ShownKey[] | undefined
  readonly reading?: BlockReading | undefined
  /** Called after a key is created, rotated or revoked. */
  readonly onChanged?: (() => void) | undefined
}

export type ApiKeysProps = Given | Look

/** The API keys of an organization. Without `keys` it reads them with `actions.list`. */
export const ApiKeys = (props: ApiKeysProps) =>
  'keys' in props ? <ApiKeysView {...props} /> : <ReadApiKeys {...props} />

const ReadApiKeys = (props: Look) => {
  const list = props.actions?.list
  const [keys, setKeys] = useState<readonly ShownKey[]>()
  const [error, setError] = useState<Error>()
  const read = useCallback(async () => {
    try {
      setKeys((await list?.()) ?? [])
      setError(undefined)
    } catch (caught) {
      setError(caught instanceof Error ? caught : new Error(String(caught)))
    }
  }, [list])
  useEffect(() => void read(), [read])
  const status = keys ? (error ? 'stale' : 'ready') : error ? 'error' : 'loading'
  return (
    <ApiKeysView
      {...props}
      keys={keys}
      onChanged={() => void read()}
      reading={{ status, error, retry: () => void read() }}
    />
  )
}

type Open =
  | { readonly what: 'create' }
  | { readonly what: 'rotate' | 'revoke'; readonly key: ShownKey }

const DAY_SECONDS = 86_400

const ApiKeysView = (props: Given) => {
  const { keys, reading, actions = {}, scopes, onChanged } = props
  const words = useWords()
  const { say } = words
  const classOf = classesOf('keys', props.parts)
  const status = reading?.status ?? 'ready'
  const [open, setOpen] = useState<Open>()
  const [secret, setSecret] = useState<string>()
  const [nowMs, setNowMs] = useState(props.at === undefined ? undefined : Date.parse(props.at))
  // Uses the browser's clock after mounting; a server renders the time in `at`.
  useEffect(() => {
    if (props.at === undefined) setNowMs(Date.now())
  }, [props.at])
  const close = () => setOpen(undefined)
  const shown = (made: { readonly key: string }) => {
    close()
    setSecret(made.key)
    onChanged?.()
  }
  return (
    <Root
      block="keys"
      label={say.keys}
      state={status}
      isBusy={status === 'loading'}
      className={props.className}
    >
      {status === 'stale' && <StaleNote clock="—" retry={reading?.retry} />}
      <header className={classOf('header')}>
        <h2 className="tg-title">{say.keys}</h2>
        {actions.create && (
          <button
            type="button"
            className="tg-button"
            data-primary=""
            onClick={() => setOpen({ what: 'create' })}
          >
            {say.createKey}
          </button>
        )}
      </header>
      {!keys ? (
        reading && isWithoutData(status) ? (
          <BlockNote reading={reading} />
        ) : (
          <Skeleton lines={4} />
        )
      ) : keys.length === 0 ? (
        <p className="tg-empty" data-tall="">
          {say.noKeys}
        </p>
      ) : (
        <KeyTable
          {...{ keys, nowMs, classOf, actions }}
          onAct={(what, key) => setOpen({ what, key })}
        />
      )}
      {open?.what === 'create' && actions.create && (
        <CreateDialog
          scopes={scopes}
          onClose={close}
          onCreate={async (input) => shown(await actions.create!(input))}
        />
      )}
      {open?.what === 'rotate' && actions.rotate && (
        <ConfirmDialog
          title={say.rotateTitle(open.key.name)}
          text={say.rotateText(words.stretch((props.overlapSeconds ?? DAY_SECONDS) * 1_000))}
          act={say.rotate}
          onClose={close}
          onConfirm={async () => shown(await actions.rotate!(open.key))}
        />
      )}
      {open?.what === 'revoke' && actions.revoke && (
        <ConfirmDialog
          title={say.revokeTitle(open.key.name)}
          text={say.revokeText(
            open.key.lastUsedAt ? words.instant(open.key.lastUsedAt, 'UTC') : say.never,
          )}
          act={say.revoke}
          isDangerous
          typed={isInUse(open.key, nowMs ?? 0) ? open.key.name : undefined}
          onClose={close}
          onConfirm={async () => {
            await actions.revoke!(open.key)
            close()
            onChanged?.()
          }}
        />
      )}
      {secret !== undefined && <SecretDialog secret={secret} onKept={() => setSecret(undefined)} />}
    </Root>
  )
}
