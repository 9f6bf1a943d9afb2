import { useState } from 'react'
import { DEFAULT_SCOPES, type Right, SCOPES } from '../../../src/core/rights.ts'
import { useAct } from '../../api/use-api.ts'
import { startOfDay } from '../../ui/days.ts'
import { FormDialog } from '../../ui/dialog.tsx'
import { faultOf } from '../../ui/faults.ts'
import { Check, TextField } from '../../ui/field.tsx'

interface NewKeyProps {
  readonly organizationId: string
  readonly onMade: (key: string) => void
  readonly onClose: () => void
}

/** A new key, with no more rights than it is given. */
export const NewKey = ({ organizationId, onMade, onClose }: NewKeyProps) => {
  const [name, setName] = useState('')
  const [expires, setExpires] = useState('')
  const [scopes, setScopes] = useState<readonly Right[]>(DEFAULT_SCOPES)
  const create = useAct(
    ({ apiKeys }, input: { name: string; scopes: Right[]; expiresAt?: string }) =>
      apiKeys.create({ organizationId, ...input }),
    {
      changes: ['customer', organizationId, 'keys'],
      onDone: ({ key }) => onMade(key),
    },
  )
  return (
    <FormDialog
      title="Create API key"
      act="Create key"
      isBusy={create.isPending}
      isReady={name !== '' && scopes.length > 0}
      error={create.error}
      onAct={() =>
        create.mutate({
          name,
          scopes: [...scopes],
          ...(expires !== '' && { expiresAt: startOfDay(expires) }),
        })
      }
      onClose={onClose}
    >
      <TextField
        label="Name"
        fault={faultOf(create.error, 'name')}
        note="Where it is used."
        value={name}
        onChange={setName}
      />
      <fieldset>
        <legend>What it may do</legend>
        {SCOPES.map((scope) => (
          <Check
            key={scope}
            label={scope}
            isOn={scopes.includes(scope)}
            onChange={(isOn) =>
              setScopes((now) => (isOn ? [...now, scope] : now.filter((one) => one !== scope)))
            }
          />
        ))}
      </fieldset>
      <TextField
        label="Ends on"
        note="The first day (UTC) on which it opens nothing. Empty: never."
        type="date"
        value={expires}
        onChange={setExpires}
      />
    </FormDialog>
  )
}
