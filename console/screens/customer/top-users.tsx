import { Link } from '@tanstack/react-router'
import { exact, exactMoney, money } from '../../../src/react/format/index.ts'
import { Block, Empty } from '../../ui/block.tsx'
import linkCss from '../../ui/link.module.css'
import { Panel } from '../../ui/panel.tsx'
import { Table } from '../../ui/table.tsx'
import { useDashboard } from './use-dashboard.ts'

/** The usage of the period by user. */
export const TopUsers = ({ organizationId }: { readonly organizationId: string }) => {
  const dashboard = useDashboard(organizationId)
  return (
    <Panel
      title="By user"
      note={
        dashboard.data &&
        `this billing period, ${exact(dashboard.data.dashboard.users.active)} active`
      }
      isFlush
    >
      <Block of={dashboard} lines={8}>
        {({ dashboard: { users } }) =>
          users.top.length === 0 ? (
            <Empty title="No users recorded">
              Set <code>userId</code> on each call.
            </Empty>
          ) : (
            <Table
              label="Use by user"
              rows={users.top}
              keyOf={({ userId }) => userId}
              columns={[
                {
                  key: 'user',
                  head: 'User',
                  cell: ({ userId }) => (
                    <Link
                      to="/customers/$organizationId/events"
                      params={{ organizationId }}
                      search={{ userId }}
                      className={linkCss.link}
                    >
                      {userId}
                    </Link>
                  ),
                },
                {
                  key: 'events',
                  head: 'Calls',
                  isFigure: true,
                  cell: ({ events }) => exact(events),
                },
                {
                  key: 'errors',
                  head: 'Errors',
                  isFigure: true,
                  cell: ({ errors }) => exact(errors),
                },
                {
                  key: 'credits',
                  head: 'Credits',
                  isFigure: true,
                  cell: ({ credits }) => exact(credits),
                },
                {
                  key: 'cost',
                  head: 'Model cost',
                  isFigure: true,
                  cell: ({ costUsd }) => <span title={exactMoney(costUsd)}>{money(costUsd)}</span>,
                },
              ]}
            />
          )
        }
      </Block>
    </Panel>
  )
}
