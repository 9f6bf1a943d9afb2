import { useState } from 'react'
import type { Member } from '../../../src/client/index.ts'
import { ROLES, type Role } from '../../../src/core/rights.ts'
import { useAct, useRead } from '../../api/use-api.ts'
import { useMay } from '../../session/rights.ts'
import { Block, Empty } from '../../ui/block.tsx'
import { Button } from '../../ui/button.tsx'
import { FormDialog } from '../../ui/dialog.tsx'
import { ActError } from '../../ui/error-note.tsx'
import { faultOf } from '../../ui/faults.ts'
import fieldCss from '../../ui/field.module.css'
import { Field, TextField } from '../../ui/field.tsx'
import { Panel } from '../../ui/panel.tsx'
import { type Column, Table } from '../../ui/table.tsx'
import { Time } from '../../ui/time.tsx'
import { RoleTable } from './role-table.tsx'

const SHOWN = 200

/** The members of a customer and their roles. */
export const Members = ({ organizationId }: { readonly organizationId: string }) => {
  const [isOpen, setIsOpen] = useState(false)
  const mayManage = useMay(organizationId)('members.manage')
  const changes = ['customer', organizationId, 'members']
  const members = useRead(changes, ({ members }, options) =>
    members.list({ organizationId, limit: SHOWN }, options),
  )
  const update = useAct(
    ({ members }, { userId, role }: { userId: string; role: Role }) =>
      members.update({ organizationId, userId, role }),
    { changes },
  )
  const remove = useAct(
    ({ members }, userId: string) => members.remove({ organizationId, userId }),
    { changes },
  )
  const error = update.error ?? remove.error
  const columns: readonly Column<Member>[] = [
    { key: 'user', head: 'User', cell: ({ userId, name }) => name ?? userId },
    { key: 'id', head: 'Id', isWideOnly: true, cell: ({ userId }) => userId },
    {
      key: 'role',
      head: 'Role',
      cell: ({ userId, role }) =>
        !mayManage ? (
          role
        ) : (
          <select
            className={fieldCss.control}
            aria-label={`Role of ${userId}`}
            value={role}
            onChange={(event) => update.mutate({ userId, role: event.target.value as Role })}
          >
            {ROLES.map((one) => (
              <option key={one}>{one}</option>
            ))}
          </select>
        ),
    },
    {
      key: 'since',
      head: 'Since',
      cell: ({ createdAt }) => <Time at={createdAt} form="date" />,
    },
    {
      key: 'acts',
      head: '',
      isFigure: true,
      cell: ({ userId }) =>
        mayManage && (
          <Button
            kind="quiet"
            isBusy={remove.isPending && remove.variables === userId}
            onClick={() => remove.mutate(userId)}
          >
            Remove
          </Button>
        ),
    },
  ]
  return (
    <Panel
      title="Members"
      note="user ids of your own sign-in"
      acts={mayManage && <Button onClick={() => setIsOpen(true)}>Add member</Button>}
      isFlush
    >
      <Block of={members} lines={4}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty title="No members yet">
              A user who signs in with a token of yours sees a customer only as its member.
            </Empty>
          ) : (
            <Table label="Members" columns={columns} rows={items} keyOf={({ userId }) => userId} />
          )
        }
      </Block>
      <ActError of={error} />
      <RoleTable />
      {isOpen && <AddMember organizationId={organizationId} onClose={() => setIsOpen(false)} />}
    </Panel>
  )
}

const AddMember = ({
  organizationId,
  onClose,
}: {
  readonly organizationId: string
  readonly onClose: () => void
}) => {
  const [userId, setUserId] = useState('')
  const [name, setName] = useState('')
  const [role, setRole] = useState<Role>('member')
  const add = useAct(
    ({ members }, input: { userId: string; role: Role; name?: string }) =>
      members.add({ organizationId, ...input }),
    { changes: ['customer', organizationId, 'members'], onDone: onClose },
  )
  return (
    <FormDialog
      title="Add member"
      act="Add member"
      isBusy={add.isPending}
      isReady={userId !== ''}
      error={add.error}
      onAct={() => add.mutate({ userId, role, ...(name !== '' && { name }) })}
      onClose={onClose}
    >
      <TextField
        label="User id"
        fault={faultOf(add.error, 'userId')}
        note="The `sub` of their token."
        value={userId}
        onChange={setUserId}
      />
      <TextField label="Name" value={name} onChange={setName} />
      <Field label="Role">
        {(control) => (
          <select
            {...control}
            value={role}
            onChange={(event) => setRole(event.target.value as Role)}
          >
            {ROLES.map((one) => (
              <option key={one}>{one}</option>
            ))}
          </select>
        )}
      </Field>
    </FormDialog>
  )
}
