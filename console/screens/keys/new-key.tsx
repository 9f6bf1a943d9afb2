import type { QueryKey } from '@tanstack/react-query'
import { type ReactNode, useState } from 'react'
import type { TollgateClient } from '../../../src/client/index.ts'
import type { Right } from '../../../src/core/rights.ts'
import { useAct } from '../../api/use-api.ts'
import { startOfDay } from '../../ui/days.ts'
import { FormDialog } from '../../ui/dialog.tsx'
import { faultOf } from '../../ui/faults.ts'
import { Check, TextField } from '../../ui/field.tsx'

interface NewKeyInput {
  readonly name: string
  readonly scopes: Right[]
  readonly expiresAt?: string
}

interface NewKeyProps {
  readonly title: string
  /** The scopes to choose from; empty for kinds without scopes. */
  readonly scopes: readonly Right[]
  readonly chosen: readonly Right[]
  readonly create: (tollgate: TollgateClient, input: NewKeyInput) => PromiseLike<{ key: string }>
  readonly changes: QueryKey
  readonly children?: ReactNode
  readonly onMade: (key: string) => void
  readonly onClose: () => void
}

/** Creates a key with the selected scopes. */
export const NewKey = (props: NewKeyProps) => {
  const { title, scopes: all, create: verb, changes, children, onMade, onClose } = props
  const [name, setName] = useState('')
  const [expires, setExpires] = useState('')
  const [scopes, setScopes] = useState(props.chosen)
  const create = useAct(verb, { changes, onDone: ({ key }) => onMade(key) })
  return (
    <FormDialog
      title={title}
      act="Create key"
      isBusy={create.isPending}
      isReady={name !== '' && (all.length === 0 || scopes.length > 0)}
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
      {children}
      <TextField
        label="Name"
        fault={faultOf(create.error, 'name')}
        note="Where it is used."
        value={name}
        onChange={setName}
      />
      {all.length > 0 && (
        <fieldset>
          <legend>Scopes</legend>
          {all.map((scope) => (
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
      )}
      <TextField
        label="Expires at the start of"
        fault={faultOf(create.error, 'expiresAt')}
        note="The key stops working at the start of this day (UTC). Empty for never."
        type="date"
        value={expires}
        onChange={setExpires}
      />
    </FormDialog>
  )
}
