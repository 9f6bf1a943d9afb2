import { Link, useParams } from '@tanstack/react-router'
import { useState } from 'react'
import type { Explanation, OrganizationLimit } from '../../../src/client/index.ts'
import {
  amountOf,
  BEHAVIOR_TEXT,
  exact,
  limitText,
  maximumOf,
  meterText,
  REASON_TEXT,
  sentence,
} from '../../../src/react/format/index.ts'
import { useRead } from '../../api/use-api.ts'
import { useMay } from '../../session/rights.ts'
import { useZone } from '../../shell/zone.ts'
import { Block } from '../../ui/block.tsx'
import { Button } from '../../ui/button.tsx'
import { Copy } from '../../ui/copy.tsx'
import { CustomerLink } from '../../ui/customer-link.tsx'
import { Facts } from '../../ui/facts.tsx'
import linkCss from '../../ui/link.module.css'
import { Columns, Panel, Screen, Stack } from '../../ui/panel.tsx'
import { usePlanNames } from '../../ui/plan-name.tsx'
import { readable } from '../../ui/readable.ts'
import { State } from '../../ui/state.tsx'
import { type Column, Table } from '../../ui/table.tsx'
import { Time } from '../../ui/time.tsx'
import { useTitle } from '../../ui/use-title.ts'
import { OverrideLimit } from '../customer/override-limit.tsx'
import css from './decision.module.css'

type Limit = Explanation['decision']['limits'][number]

/** Explains one decision of the gate. */
export const DecisionStory = () => {
  const { organizationId, decisionId } = useParams({
    from: '/customers/$organizationId/decisions/$decisionId',
  })
  useTitle(organizationId, 'Decision')
  const explanation = useRead(
    ['customer', organizationId, 'decision', decisionId],
    (tollgate, options) => tollgate.explain({ organizationId, decisionId }, options),
  )
  const organization = useRead(['customer', organizationId], ({ organizations }, options) =>
    organizations.get({ organizationId }, options),
  )
  return (
    <Screen
      title="Why this decision?"
      note={<CustomerLink organizationId={organizationId} name={organization.data?.name} />}
      acts={<Copy text={decisionId} />}
    >
      <Block of={explanation} lines={10}>
        {(of) => <Story of={of} organizationId={organizationId} />}
      </Block>
    </Screen>
  )
}

const Story = ({
  of,
  organizationId,
}: {
  readonly of: Explanation
  readonly organizationId: string
}) => {
  const { decision, asked } = of
  const [overriding, setOverriding] = useState<OrganizationLimit | null>(null)
  const limits = useRead(['customer', organizationId, 'limits'], ({ limits }, options) =>
    limits.list({ organizationId }, options),
  )
  const timeZone = useZone()
  const nameOf = usePlanNames()
  // Both plans belong to one catalog, so its name is omitted.
  const planOf = (plan: string) => nameOf(plan).replace(` of ${plan.split('/')[0]}`, '')
  const mayOverride = useMay(organizationId)('limits.manage')
  const refusing = decision.limits.filter(({ refused }) => refused)
  const inForce = (limit: Limit) =>
    limits.data?.find(
      ({ meter, window, per }) =>
        meter === limit.meter && window === limit.window && per === limit.per,
    )
  return (
    <>
      <div className={css.verdict} data-allowed={decision.allowed || undefined}>
        <State tone={decision.allowed ? 'good' : 'reached'}>
          {decision.allowed ? 'Allowed' : `Refused: ${REASON_TEXT[decision.reason]}`}
        </State>
        {refusing.length > 0 && (
          <p className={css.way}>
            {refusing.map((limit) => wayThrough(limit, asked[limit.meter])).join(' ')}
            {!decision.allowed && decision.upgrade && decision.upgrade.length > 0 && (
              <> A move to {decision.upgrade.map(planOf).join(' or ')} would raise it as well.</>
            )}
          </p>
        )}
        <ol className={css.story}>
          {of.story.map((line) => (
            <li key={line}>{readable(line, timeZone)}</li>
          ))}
        </ol>
      </div>
      <Columns>
        <Stack>
          <Panel title="Limits at the time" isFlush>
            <Table
              label="Limits that the decision saw"
              columns={columnsOf(asked, mayOverride, inForce, setOverriding)}
              rows={decision.limits}
              keyOf={({ limit }) => limit}
              isMarked={({ refused }) => refused}
            />
          </Panel>
        </Stack>
        <Panel title="The call">
          <Facts
            of={[
              ['Decided', <Time key="decided" at={of.decidedAt} />],
              ['Occurred', <Time key="at" at={of.occurredAt} />],
              ['Asked by', of.verb],
              [
                'Event type',
                <Link
                  key="type"
                  to="/customers/$organizationId/events"
                  params={{ organizationId }}
                  search={{ eventType: of.eventType }}
                  className={linkCss.link}
                >
                  {of.eventType}
                </Link>,
              ],
              ['Event id', <Copy key="event" text={of.eventId} />],
              ['Price', `${exact(decision.credits)} credits`],
              ...Object.entries(asked).map(
                ([meter, amount]) =>
                  [
                    sentence(meterText(meter)),
                    typeof amount === 'number' ? amountOf(meter, amount) : amount,
                  ] as const,
              ),
              ['Priced by', `${of.catalog.key} v${of.catalog.version}`],
              decision.degraded && ['Store', 'unavailable: each limit’s failure policy decided'],
            ]}
          />
        </Panel>
      </Columns>
      {overriding && (
        <OverrideLimit
          organizationId={organizationId}
          limit={overriding}
          onClose={() => setOverriding(null)}
        />
      )}
    </>
  )
}

/** What would have allowed the call. */
const wayThrough = (limit: Limit, asked: number | string | undefined): string => {
  const name = limitText(limit.meter, limit.window)
  if (limit.remaining !== null && typeof asked === 'number') {
    const left = amountOf(limit.meter, limit.remaining)
    return `${sentence(name)} had ${left} left, and the call asked for ${amountOf(limit.meter, asked)}: a smaller call or a higher maximum would have passed.`
  }
  return `${sentence(name)} refused it: a higher maximum would have allowed it.`
}

const columnsOf = (
  asked: Explanation['asked'],
  mayOverride: boolean,
  inForce: (limit: Limit) => OrganizationLimit | undefined,
  onOverride: (limit: OrganizationLimit) => void,
): readonly Column<Limit>[] => [
  {
    key: 'limit',
    head: 'Limit',
    cell: ({ meter, window, limit }) => (
      <span title={limit}>{sentence(limitText(meter, window))}</span>
    ),
  },
  {
    key: 'verdict',
    head: 'Verdict',
    cell: ({ refused }) =>
      refused ? <State tone="reached">no</State> : <State tone="ok">yes</State>,
  },
  {
    key: 'asked',
    head: 'Asked',
    isFigure: true,
    cell: ({ meter }) => {
      const amount = asked[meter]
      return typeof amount === 'number' ? amountOf(meter, amount) : (amount ?? '—')
    },
  },
  {
    key: 'left',
    head: 'Left',
    isFigure: true,
    cell: ({ meter, remaining, max }) => (max === null ? 'unlimited' : amountOf(meter, remaining)),
  },
  {
    key: 'used',
    head: 'Used of maximum',
    isFigure: true,
    cell: ({ meter, used, max }) => `${amountOf(meter, used)} of ${maximumOf(meter, max)}`,
  },
  {
    key: 'past',
    head: 'Over limit',
    isWideOnly: true,
    cell: ({ behavior }) => BEHAVIOR_TEXT[behavior],
  },
  {
    key: 'reset',
    head: 'Resets',
    cell: ({ resetAt }) => (resetAt === null ? 'as calls end' : <Time at={resetAt} />),
  },
  {
    key: 'act',
    head: '',
    isFigure: true,
    cell: (limit) => {
      const now = mayOverride ? inForce(limit) : undefined
      return now && limit.refused && <Button onClick={() => onOverride(now)}>Override</Button>
    },
  },
]
