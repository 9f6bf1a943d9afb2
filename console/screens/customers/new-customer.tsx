import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { monthlyPrice } from '../../../src/react/format/index.ts'
import { useAct, useRead } from '../../api/use-api.ts'
import { FormDialog } from '../../ui/dialog.tsx'
import { faultOf } from '../../ui/faults.ts'
import { Field, TextField } from '../../ui/field.tsx'

/** Creates an organization and opens it. */
export const NewCustomer = ({ onClose }: { readonly onClose: () => void }) => {
  const navigate = useNavigate()
  const [name, setName] = useState('')
  const [id, setId] = useState<string | null>(null)
  const [plan, setPlan] = useState('')
  const plans = useRead(['catalog', 'plans'], ({ catalog }, options) =>
    catalog.plans.list({}, options),
  )
  const ownId = id ?? idOf(name)
  const create = useAct(
    ({ organizations }, input: { id: string; name: string; plan: string }) =>
      organizations.create(input),
    {
      onDone: ({ id: organizationId }) => {
        onClose()
        navigate({ to: '/customers/$organizationId', params: { organizationId } })
      },
    },
  )
  return (
    <FormDialog
      title="Create customer"
      act="Create customer"
      isBusy={create.isPending}
      isReady={name !== '' && ownId !== '' && plan !== ''}
      error={create.error}
      onAct={() => create.mutate({ id: ownId, name, plan })}
      onClose={onClose}
    >
      <TextField
        label="Name"
        fault={faultOf(create.error, 'name')}
        value={name}
        onChange={setName}
      />
      <TextField
        label="Id"
        fault={faultOf(create.error, 'id')}
        note="Your product’s id of this customer. It cannot be changed."
        value={ownId}
        onChange={setId}
      />
      <Field label="Plan" fault={faultOf(create.error, 'plan')}>
        {(control) => (
          <select {...control} value={plan} onChange={(event) => setPlan(event.target.value)}>
            <option value="">choose</option>
            {plans.data?.map(({ catalog, key, name, monthlyPriceUsd }) => (
              <option key={`${catalog}/${key}`} value={`${catalog}/${key}`}>
                {catalog}: {name}, {monthlyPrice(monthlyPriceUsd)}
              </option>
            ))}
          </select>
        )}
      </Field>
    </FormDialog>
  )
}

const idOf = (name: string): string =>
  name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
