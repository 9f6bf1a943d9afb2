import { Navigate } from '@tanstack/react-router'
import { useSession } from '../../session/session-context.ts'
import { Empty } from '../../ui/block.tsx'
import { CustomerLink } from '../../ui/customer-link.tsx'
import { Panel, Screen } from '../../ui/panel.tsx'
import { Table } from '../../ui/table.tsx'
import { useTitle } from '../../ui/use-title.ts'

/** The user's organizations. A single one opens at once. */
export const MyOrganizations = () => {
  const { organizations = [] } = useSession()
  useTitle('Home')
  const [only] = organizations
  if (only && organizations.length === 1) {
    const { organizationId } = only
    return <Navigate to="/customers/$organizationId" params={{ organizationId }} replace />
  }
  return (
    <Screen title="Your organizations">
      <Panel title="You are a member of" isFlush>
        {organizations.length === 0 ? (
          <Empty title="None yet">
            An owner or administrator of an organization can add you, by the id that your sign-in
            gives you.
          </Empty>
        ) : (
          <Table
            label="Your organizations"
            rows={organizations}
            keyOf={({ organizationId }) => organizationId}
            columns={[
              {
                key: 'name',
                head: 'Organization',
                cell: ({ organizationId, name }) => (
                  <CustomerLink organizationId={organizationId} name={name} />
                ),
              },
              {
                key: 'id',
                head: 'Id',
                isWideOnly: true,
                cell: ({ organizationId }) => organizationId,
              },
              { key: 'role', head: 'You are', cell: ({ role }) => role ?? 'a key of it' },
            ]}
          />
        )}
      </Panel>
    </Screen>
  )
}
