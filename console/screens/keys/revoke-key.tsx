import type { QueryKey } from '@tanstack/react-query'
import { useState } from 'react'
import type { TollgateClient } from '../../../src/client/index.ts'
import { useAct } from '../../api/use-api.ts'
import { FormDialog } from '../../ui/dialog.tsx'
import { TextField } from '../../ui/field.tsx'
import { Time, useNow } from '../../ui/time.tsx'
import { useToast } from '../../ui/toasts.tsx'
import type { ShownKey } from './shown-key.ts'

const DAY_MS = 86_400_000

/** Revokes a key. For a key used in the last day, the user must type its name. */
export const RevokeKey = ({
  of: { name, lastUsedAt },
  revoke: verb,
  changes,
  onClose,
}: {
  readonly of: ShownKey
  readonly revoke: (tollgate: TollgateClient) => PromiseLike<unknown>
  readonly changes: QueryKey
  readonly onClose: () => void
}) => {
  const say = useToast()
  const now = useNow()
  const [typed, setTyped] = useState('')
  const isInUse = lastUsedAt !== null && now - Date.parse(lastUsedAt) < DAY_MS
  const revoke = useAct(verb, {
    changes,
    onDone: () => {
      say(`“${name}” was revoked.`)
      onClose()
    },
  })
  return (
    <FormDialog
      kind="box"
      title={`Revoke “${name}”`}
      act="Revoke the key"
      isDangerous
      isBusy={revoke.isPending}
      isReady={!isInUse || typed === name}
      error={revoke.error}
      onAct={() => revoke.mutate(undefined)}
      onClose={onClose}
    >
      <p>
        The key stops working in every process within a second. This cannot be undone.{' '}
        {lastUsedAt === null ? (
          'It was never used.'
        ) : (
          <>
            It was last used <Time at={lastUsedAt} form="relative" />.
          </>
        )}
      </p>
      {isInUse && (
        <TextField
          label={`It is in use. Type ${name} to confirm`}
          value={typed}
          onChange={setTyped}
        />
      )}
    </FormDialog>
  )
}
