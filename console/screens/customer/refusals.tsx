import { Link } from '@tanstack/react-router'
import type { Refusal } from '../../../src/contract/refusals.ts'
import {
  amountOf,
  dateText,
  limitText,
  maximumOf,
  REASON_TEXT,
  sentence,
  UTC,
} from '../../../src/react/format/index.ts'
import { useRead } from '../../api/use-api.ts'
import { Block, Empty } from '../../ui/block.tsx'
import linkCss from '../../ui/link.module.css'
import { Panel } from '../../ui/panel.tsx'
import { State } from '../../ui/state.tsx'
import { Time } from '../../ui/time.tsx'
import css from './customer.module.css'

/** The latest refused calls, each with a link to its decision. */
export const Refusals = ({
  organizationId,
  shown,
}: {
  readonly organizationId: string
  readonly shown: number
}) => {
  const refused = useRead(
    ['customer', organizationId, 'refusals', shown],
    ({ usage }, options) => usage.refusals({ organizationId, limit: shown }, options),
    { poll: true },
  )
  return (
    <Panel title="Last refusals" note={`the latest ${shown}`} isFlush>
      <Block of={refused} lines={3}>
        {({ items, keptFrom }) =>
          items.length === 0 ? (
            <Empty title="None">
              The gate has refused no call of this customer since {dateText(keptFrom, UTC)}.
            </Empty>
          ) : (
            <ul className={css.notes}>
              {items.map((refusal) => (
                <li key={refusal.decisionId}>
                  <State tone="reached">
                    <Reason of={refusal} organizationId={organizationId} />
                  </State>
                  <small>
                    {detailOf(refusal)}, <Time at={refusal.decidedAt} form="relative" />
                  </small>
                </li>
              ))}
            </ul>
          )
        }
      </Block>
    </Panel>
  )
}

const Reason = ({
  of: { reason, decisionId, explained },
  organizationId,
}: {
  readonly of: Refusal
  readonly organizationId: string
}) => {
  const words = sentence(REASON_TEXT[reason])
  return explained ? (
    <Link
      to="/customers/$organizationId/decisions/$decisionId"
      params={{ organizationId, decisionId }}
      className={linkCss.link}
    >
      {words}
    </Link>
  ) : (
    words
  )
}

const detailOf = ({ eventType, refusedBy, standsFor }: Refusal): string =>
  [
    eventType,
    ...refusedBy.map(
      ({ meter, window, used, max }) =>
        `${limitText(meter, window)} at ${amountOf(meter, used)} of ${maximumOf(meter, max)}`,
    ),
    standsFor > 1 && `and ${standsFor - 1} more like it`,
  ]
    .filter(Boolean)
    .join(', ')
