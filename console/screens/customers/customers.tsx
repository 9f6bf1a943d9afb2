import { useNavigate, useSearch } from '@tanstack/react-router'
import { useCallback, useDeferredValue, useEffect, useMemo, useState } from 'react'
import type { Customer, CustomerRequest } from '../../../src/client/index.ts'
import { counted } from '../../../src/react/format/index.ts'
import { useApi, useRead } from '../../api/use-api.ts'
import { Block, Empty } from '../../ui/block.tsx'
import { Button, FileLink } from '../../ui/button.tsx'
import { Field } from '../../ui/field.tsx'
import { Filters } from '../../ui/filters.tsx'
import { Panel, Screen } from '../../ui/panel.tsx'
import { Table } from '../../ui/table.tsx'
import { useTitle } from '../../ui/use-title.ts'
import { CUSTOMER_COLUMNS } from './columns.tsx'
import { NewCustomer } from './new-customer.tsx'

const PAGE = 50
const STATUSES = ['active', 'near', 'reached', 'closed'] as const

/** All customers, with plan, usage, revenue and margin. */
export const Customers = () => {
  useTitle('Customers')
  const [isNewOpen, setIsNewOpen] = useState(false)
  const search = useSearch({ from: '/customers' })
  const navigate = useNavigate({ from: '/customers' })
  const { fileUrl } = useApi()
  const request: CustomerRequest = {
    limit: PAGE,
    search: search.search,
    plan: search.plan,
    status: STATUSES.find((one) => one === search.status),
    sort: (search.sort ?? '-revenue') as CustomerRequest['sort'],
    ...(search.cursor !== undefined && { cursor: search.cursor }),
  }
  const customers = useRead(
    ['customers', request],
    ({ analytics }, options) => analytics.customers(request, options),
    { poll: true },
  )
  // The query of the table, without its page.
  const query = new URLSearchParams({
    format: 'csv',
    ...Object.fromEntries(
      (['search', 'plan', 'status', 'sort'] as const).flatMap((name) =>
        request[name] === undefined ? [] : [[name, String(request[name])]],
      ),
    ),
  })
  const file = fileUrl(`/api/admin/analytics/users?${query}`)
  const plans = useRead(['catalog', 'plans'], ({ catalog }, options) =>
    catalog.plans.list({}, options),
  )
  const change = (patch: Partial<typeof search>) =>
    navigate({ search: (now) => ({ ...now, cursor: undefined, ...patch }) })
  const onSort = useCallback(
    (sort: string) => navigate({ search: (now) => ({ ...now, cursor: undefined, sort }) }),
    [navigate],
  )
  return (
    <Screen
      title="Customers"
      note={customers.data && counted(customers.data.total, 'customer')}
      acts={
        <>
          <FileLink href={file}>CSV</FileLink>
          <Button kind="primary" onClick={() => setIsNewOpen(true)}>
            Create customer
          </Button>
        </>
      }
    >
      <Panel
        title="All customers"
        note="current billing period so far"
        acts={
          <Filters>
            <SearchField
              value={search.search ?? ''}
              onSearch={(text) =>
                navigate({
                  search: (now) => ({ ...now, cursor: undefined, search: text || undefined }),
                  replace: true,
                })
              }
            />
            <Field label="Plan" isInline>
              {(control) => (
                <select
                  {...control}
                  value={search.plan ?? ''}
                  onChange={(event) => change({ plan: event.target.value || undefined })}
                >
                  <option value="">any</option>
                  {[...new Set(plans.data?.map(({ catalog }) => catalog))].map((catalog) => (
                    <optgroup key={catalog} label={catalog}>
                      {plans.data
                        ?.filter((plan) => plan.catalog === catalog)
                        .map(({ key, name }) => (
                          <option key={key} value={`${catalog}/${key}`}>
                            {name}
                          </option>
                        ))}
                    </optgroup>
                  ))}
                </select>
              )}
            </Field>
            <Field label="Status" isInline>
              {(control) => (
                <select
                  {...control}
                  value={search.status ?? ''}
                  onChange={(event) => change({ status: event.target.value || undefined })}
                >
                  <option value="">any</option>
                  {STATUSES.map((status) => (
                    <option key={status}>{status}</option>
                  ))}
                </select>
              )}
            </Field>
          </Filters>
        }
        isFlush
      >
        <Block of={customers} lines={20}>
          {({ items }) =>
            items.length === 0 ? (
              <Empty
                title="No matching customers"
                act={<Button onClick={() => navigate({ search: {} })}>Clear the filters</Button>}
              />
            ) : (
              <CustomerTable items={items} by={request.sort ?? ''} onSort={onSort} />
            )
          }
        </Block>
      </Panel>
      {customers.data && (customers.data.nextCursor !== null || search.cursor !== undefined) && (
        <div>
          {search.cursor !== undefined && (
            <Button onClick={() => change({ cursor: undefined })}>First page</Button>
          )}{' '}
          {customers.data.nextCursor !== null && (
            <Button onClick={() => change({ cursor: customers.data?.nextCursor ?? undefined })}>
              Next {PAGE}
            </Button>
          )}
        </div>
      )}
      {isNewOpen && <NewCustomer onClose={() => setIsNewOpen(false)} />}
    </Screen>
  )
}

/** Renders a new page of rows in slices, so that scrolling goes on meanwhile. */
const CustomerTable = ({
  items,
  by,
  onSort,
}: {
  readonly items: readonly Customer[]
  readonly by: string
  readonly onSort: (by: string) => void
}) => {
  const rows = useDeferredValue(items)
  return useMemo(
    () => (
      <Table
        label="Customers"
        columns={CUSTOMER_COLUMNS}
        rows={rows}
        keyOf={({ organizationId }) => organizationId}
        isMuted={({ status }) => status === 'closed'}
        sort={{ by, onSort }}
      />
    ),
    [rows, by, onSort],
  )
}

const WAIT_MS = 250

/** Searches shortly after the last keystroke, and adds only one history entry. */
const SearchField = ({
  value,
  onSearch,
}: {
  readonly value: string
  readonly onSearch: (text: string) => void
}) => {
  const [text, setText] = useState(value)
  useEffect(() => {
    if (text === value) return
    const timer = setTimeout(() => onSearch(text), WAIT_MS)
    return () => clearTimeout(timer)
  }, [text, value, onSearch])
  return (
    <Field label="Find" isInline>
      {(control) => (
        <input
          {...control}
          type="search"
          placeholder="name or id"
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
      )}
    </Field>
  )
}
