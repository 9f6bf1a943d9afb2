import { useNavigate, useSearch } from '@tanstack/react-router'
import { useState } from 'react'
import type { MigrationItem } from '../../../src/client/index.ts'
import { counted, money, price } from '../../../src/react/format/index.ts'
import { useAct, useRead } from '../../api/use-api.ts'
import { Block, Empty } from '../../ui/block.tsx'
import { Button } from '../../ui/button.tsx'
import { CustomerLink } from '../../ui/customer-link.tsx'
import { FormDialog } from '../../ui/dialog.tsx'
import { Field, TextField } from '../../ui/field.tsx'
import { Panel } from '../../ui/panel.tsx'
import { type Column, Table } from '../../ui/table.tsx'
import { useToast } from '../../ui/toasts.tsx'
import css from './simulator.module.css'

const MOST_AT_ONCE = 200

const COLUMNS: readonly Column<MigrationItem>[] = [
  {
    key: 'name',
    head: 'Customer',
    cell: ({ organizationId, name }) => (
      <CustomerLink organizationId={organizationId} name={name} />
    ),
  },
  {
    key: 'from',
    head: 'From',
    isFigure: true,
    cell: ({ from }) => `v${from.version}, ${price(from.monthlyPriceUsd)}`,
  },
  {
    key: 'to',
    head: 'To',
    isFigure: true,
    cell: ({ to }) => `v${to.version}, ${price(to.monthlyPriceUsd)}`,
  },
  {
    key: 'difference',
    head: 'A month',
    isFigure: true,
    cell: ({ differenceUsd }) => money(differenceUsd),
  },
]

/** Customers on older plan versions, and their cost on the newest version. */
export const Migration = () => {
  const say = useToast()
  const { move: plan = '' } = useSearch({ from: '/simulator' })
  const navigate = useNavigate({ from: '/simulator' })
  const [typed, setTyped] = useState('')
  const [isOpen, setIsOpen] = useState(false)
  const plans = useRead(['catalog', 'plans'], ({ catalog }, options) =>
    catalog.plans.list({}, options),
  )
  const preview = useRead(
    ['catalog', 'migration', plan],
    ({ subscriptions }, options) =>
      subscriptions.previewMigration({ plan, limit: MOST_AT_ONCE }, options),
    { isWanted: plan !== '' },
  )
  const items = preview.data?.items ?? []
  const migrate = useAct(
    ({ subscriptions }, organizationIds: string[]) =>
      subscriptions.migrate({ plan, organizationIds }),
    {
      onDone: ({ moved, failed }) => {
        say(`${counted(moved.length, 'customer')} moved, ${failed.length} failed.`)
        setIsOpen(false)
      },
    },
  )
  return (
    <Panel
      title="To the newest version of a plan"
      note="an edit makes a new version; customers keep theirs until they are moved"
      acts={
        plan !== '' &&
        items.length > 0 && (
          <Button onClick={() => setIsOpen(true)}>Move {counted(items.length, 'customer')}</Button>
        )
      }
    >
      <div className={css.form}>
        <Field label="Plan">
          {(control) => (
            <select
              {...control}
              value={plan}
              onChange={(event) =>
                navigate({ search: (now) => ({ ...now, move: event.target.value || undefined }) })
              }
            >
              <option value="">choose</option>
              {plans.data?.map(({ catalog, key, version }) => (
                <option key={`${catalog}/${key}`} value={`${catalog}/${key}`}>
                  {catalog}/{key}, newest v{version}
                </option>
              ))}
            </select>
          )}
        </Field>
      </div>
      {plan !== '' && (
        <Block of={preview} lines={3}>
          {({ items }) =>
            items.length === 0 ? (
              <Empty title="All its customers are on the newest version" />
            ) : (
              <Table
                label="Customers on older versions"
                columns={COLUMNS}
                rows={items}
                keyOf={({ organizationId }) => organizationId}
              />
            )
          }
        </Block>
      )}
      {isOpen && (
        <FormDialog
          kind="box"
          title={`Move ${counted(items.length, 'customer')}`}
          act="Move them now"
          isDangerous
          isBusy={migrate.isPending}
          isReady={typed === plan}
          error={migrate.error}
          onAct={() => migrate.mutate(items.map(({ organizationId }) => organizationId))}
          onClose={() => setIsOpen(false)}
        >
          <p>Each customer moves now, and its price changes as shown in the table.</p>
          <TextField label={`Type ${plan}`} value={typed} onChange={setTyped} />
        </FormDialog>
      )}
    </Panel>
  )
}
