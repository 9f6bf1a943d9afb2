import { useParams } from '@tanstack/react-router'
import { useState } from 'react'
import type { LimitOutlook, OrganizationLimit, UsageManagement } from '../../../src/client/index.ts'
import {
  BEHAVIOR_TEXT,
  compactOf,
  dayText,
  exact,
  exactMoney,
  isSomething,
  limitText,
  maximumOf,
  money,
  sentence,
  UTC,
} from '../../../src/react/format/index.ts'
import { useAct, useRead } from '../../api/use-api.ts'
import { useIsOperator, useMay } from '../../session/rights.ts'
import { Block, Empty } from '../../ui/block.tsx'
import { Button } from '../../ui/button.tsx'
import { ActError } from '../../ui/error-note.tsx'
import { LimitCell, LimitState, usedOf } from '../../ui/limit-line.tsx'
import { Panel, Stack } from '../../ui/panel.tsx'
import { type Column, Table } from '../../ui/table.tsx'
import { Time } from '../../ui/time.tsx'
import { useToast } from '../../ui/toasts.tsx'
import { useTitle } from '../../ui/use-title.ts'
import css from './customer.module.css'
import { OverrideLimit } from './override-limit.tsx'
import { Refusals } from './refusals.tsx'
import { useDashboard } from './use-dashboard.ts'

type Row = UsageManagement['limits'][number] & {
  readonly held: number
  readonly resetAt: string | null
  readonly outlook: LimitOutlook['outlook']
  /** When the limit is used up, as expected. */
  readonly runsOutAt: string | null
  /** The expected overage at the end of the window, at most that of the cap. */
  readonly expectedUsd: string | undefined
}

/** The limits of a customer, and whether the plan or an override set each. */
export const Limits = () => {
  const { organizationId } = useParams({ from: '/customers/$organizationId' })
  const [opened, setOpened] = useState<OrganizationLimit | 'new' | null>(null)
  const say = useToast()
  useTitle(organizationId, 'Limits')
  const management = useRead(
    ['customer', organizationId, 'management'],
    ({ usage }, options) => usage.management({ organizationId }, options),
    { poll: true },
  )
  const current = useRead(['customer', organizationId, 'current'], ({ usage }, options) =>
    usage.current({ organizationId }, options),
  )
  const dashboard = useDashboard(organizationId)
  const overage = useRead(['customer', organizationId, 'overage'], ({ usage }, options) =>
    usage.overage({ organizationId }, options),
  )
  const remove = useAct(
    ({ limits }, overrideId: string) => limits.remove({ organizationId, overrideId }),
    {
      changes: ['customer', organizationId],
      onDone: ({ meter, window }) => say(`${meter}/${window} follows the plan again.`),
    },
  )
  const isOperator = useIsOperator()
  const mayManage = useMay(organizationId)('limits.manage')
  const columns = columnsOf({
    mayManage,
    warnPercent: management.data?.alerts.warnPercent,
    onOverride: setOpened,
    onRemove: remove.mutate,
    removing: remove.isPending ? remove.variables : undefined,
  })
  return (
    <Stack>
      <Panel
        title="Limits in force"
        note={
          management.data &&
          `of ${management.data.plan.name} v${management.data.plan.version}; it warns from ${management.data.alerts.warnPercent} %; windows are UTC`
        }
        acts={isOperator && <Button onClick={() => setOpened('new')}>Set another limit</Button>}
        isFlush
      >
        <Block of={management} lines={8}>
          {({ limits }) =>
            limits.length === 0 ? (
              <Empty title="No limits">
                The plan has no limits, and none was set for this customer.
              </Empty>
            ) : (
              <Table
                label="Limits"
                columns={columns}
                rows={limits.map((limit): Row => {
                  const isIt = (one: { readonly limit: string }) => one.limit === limit.limit
                  const now = current.data?.limits.find(isIt)
                  const later = dashboard.data?.dashboard.limits.find(isIt)
                  const billed = overage.data?.limits.find(isIt)
                  return {
                    ...limit,
                    // Credit grants raise limits on credits, so the current usage has the effective
                    // maximum.
                    ...(now && {
                      max: now.max,
                      used: now.used,
                      percentageUsed: now.percentageUsed,
                    }),
                    held: now?.held ?? 0,
                    resetAt: now?.resetAt ?? null,
                    outlook: later?.outlook ?? null,
                    runsOutAt: later?.runsOutAt ?? null,
                    expectedUsd: billed?.projected?.amountUsd,
                  }
                })}
                keyOf={({ limit, per }) => `${limit} ${per}`}
              />
            )
          }
        </Block>
      </Panel>
      <Refusals organizationId={organizationId} shown={20} />
      <ActError of={remove.error} />
      {opened !== null && (
        <OverrideLimit
          organizationId={organizationId}
          limit={opened === 'new' ? undefined : opened}
          onClose={() => setOpened(null)}
        />
      )}
    </Stack>
  )
}

interface Acts {
  readonly mayManage: boolean
  readonly warnPercent: number | undefined
  readonly onOverride: (limit: OrganizationLimit) => void
  readonly onRemove: (overrideId: string) => void
  readonly removing: string | undefined
}

const columnsOf = ({
  mayManage,
  warnPercent,
  onOverride,
  onRemove,
  removing,
}: Acts): readonly Column<Row>[] => [
  {
    key: 'limit',
    head: 'Limit',
    cell: ({ meter, window, per, limit, resetAt }) => (
      <span title={limit} className={css.named}>
        {sentence(limitText(meter, window))}
        {per !== 'organization' && `, each ${per.replace('_', ' ')}`}
        {resetAt !== null && (
          <small>
            resets <Time at={resetAt} form="relative" />
          </small>
        )}
      </span>
    ),
  },
  {
    key: 'used',
    head: 'Used of maximum',
    isFigure: true,
    cell: ({ used, max, plan, override, meter, outlook, ...limit }) => (
      <span className={css.named}>
        {used === null ? '—' : usedOf({ ...limit, meter, used, max })}
        {plan !== null && plan.max !== max && (
          <small>
            {override === null ? 'with grants; ' : ''}plan: {maximumOf(meter, plan.max)}
          </small>
        )}
        {outlook !== null && outlook.expected !== null && (
          <small
            title={`${exact(outlook.low)} to ${exact(outlook.high)} with ${outlook.bandPercent} %`}
          >
            {compactOf(meter, outlook.expected)} expected by{' '}
            {dayText(Date.parse(outlook.endsAt) - 1, UTC)}
          </small>
        )}
      </span>
    ),
  },
  {
    key: 'bar',
    head: '',
    label: 'Used',
    isBroad: true,
    cell: (limit) =>
      limit.used === null ? null : (
        <LimitCell
          limit={{ ...limit, used: limit.used }}
          warnPercent={warnPercent}
          expected={limit.outlook?.expected}
        />
      ),
  },
  {
    key: 'state',
    head: 'State',
    cell: (limit) => (
      <LimitState limit={{ ...limit, used: limit.used ?? 0 }} warnPercent={warnPercent} />
    ),
  },
  {
    key: 'past',
    head: 'Over limit',
    cell: ({ behavior, cap, meter, used, max, runsOutAt, expectedUsd }) => (
      <span className={css.named}>
        {BEHAVIOR_TEXT[behavior]}
        {cap !== null && <small>up to {maximumOf(meter, cap)}</small>}
        {runsOutAt !== null && max !== null && (used ?? 0) < max && (
          <small>expected from {dayText(runsOutAt, UTC)}</small>
        )}
        {behavior === 'overage' && isSomething(expectedUsd) && (
          <small title={exactMoney(expectedUsd)}>{money(expectedUsd)} expected</small>
        )}
      </span>
    ),
  },
  {
    key: 'failure',
    head: 'Store down',
    isWideOnly: true,
    cell: ({ onFailure }) => (
      <span className={css.named}>{onFailure === 'open' ? 'allows' : 'refuses'}</span>
    ),
  },
  {
    key: 'by',
    head: 'Set by',
    cell: ({ override }) =>
      override === null ? (
        <span className={`${css.named} ${css.muted}`}>the plan</span>
      ) : (
        <span>
          {override.setBy === 'platform' ? 'the platform' : 'the customer'}: {override.reason}
          {override.expiresAt !== null && (
            <>
              , until <Time at={override.expiresAt} form="date" />
            </>
          )}
        </span>
      ),
  },
  {
    key: 'acts',
    head: '',
    isFigure: true,
    cell: (limit) =>
      mayManage && (
        <>
          {limit.override !== null && (
            <Button
              kind="quiet"
              isBusy={removing === limit.override.id}
              onClick={() => limit.override && onRemove(limit.override.id)}
            >
              Reset to plan
            </Button>
          )}
          <Button onClick={() => onOverride(limit)}>Override</Button>
        </>
      ),
  },
]
