import { useState } from 'react'
import type { ApiKey } from '../../../src/client/index.ts'
import { useAct } from '../../api/use-api.ts'
import { FormDialog } from '../../ui/dialog.tsx'
import { TextField } from '../../ui/field.tsx'
import { Time, useNow } from '../../ui/time.tsx'
import { useToast } from '../../ui/toasts.tsx'

const DAY_MS = 86_400_000

/** Ends a key. One that was used in the last day has to be named first. */
export const RevokeKey = ({
  organizationId,
  apiKey,
  onClose,
}: {
  readonly organizationId: string
  readonly apiKey: ApiKey
  readonly onClose: () => void
}) => {
  const say = useToast()
  const now = useNow()
  const [typed, setTyped] = useState('')
  const { id, name, lastUsedAt } = apiKey
  const isInUse = lastUsedAt !== null && now - Date.parse(lastUsedAt) < DAY_MS
  const revoke = useAct(({ apiKeys }) => apiKeys.revoke({ organizationId, keyId: id }), {
    changes: ['customer', organizationId, 'keys'],
    onDone: () => {
      say(`“${name}” opens nothing any more.`)
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
        It opens nothing from then on, in every process within a second. It cannot be undone.{' '}
        {lastUsedAt === null ? (
          'It was never used.'
        ) : (
          <>
            It was last used <Time at={lastUsedAt} form="relative" />.
          </>
        )}
      </p>
      {isInUse && (
        <TextField label={`Somebody uses it: type ${name}`} value={typed} onChange={setTyped} />
      )}
    </FormDialog>
  )
}
