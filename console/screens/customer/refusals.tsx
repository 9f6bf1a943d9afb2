import { Link } from '@tanstack/react-router'
import { REASON_TEXT, sentence } from '../../../src/react/format/index.ts'
import { useRead } from '../../api/use-api.ts'
import { Block, Empty } from '../../ui/block.tsx'
import linkCss from '../../ui/link.module.css'
import { Panel } from '../../ui/panel.tsx'
import { State } from '../../ui/state.tsx'
import { Time } from '../../ui/time.tsx'
import css from './customer.module.css'
import { refusalOf } from './refusal.ts'

const SHOWN = 5

/** The last calls that the gate refused, each leading to why. */
export const Refusals = ({ organizationId }: { readonly organizationId: string }) => {
  const refused = useRead(
    ['customer', organizationId, 'refusals'],
    ({ audit }, options) =>
      audit.list({ organizationId, category: 'limits', action: 'refused', limit: SHOWN }, options),
    { poll: true },
  )
  return (
    <Panel title="Last refusals" isFlush>
      <Block of={refused} lines={3}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty title="None">The gate has refused no call of this customer.</Empty>
          ) : (
            <ul className={css.notes}>
              {items.map((entry) => {
                const { reason, decisionId, eventType, limits } = refusalOf(entry)
                return (
                  <li key={entry.id}>
                    <State tone="reached">
                      {decisionId === undefined ? (
                        sentence(reason ? REASON_TEXT[reason] : 'refused')
                      ) : (
                        <Link
                          to="/customers/$organizationId/decisions/$decisionId"
                          params={{ organizationId, decisionId }}
                          className={linkCss.link}
                        >
                          {sentence(reason ? REASON_TEXT[reason] : 'refused')}
                        </Link>
                      )}
                    </State>
                    <small>
                      {[eventType, limits].filter(Boolean).join(', ')}{' '}
                      <Time at={entry.occurredAt} form="relative" />
                    </small>
                  </li>
                )
              })}
            </ul>
          )
        }
      </Block>
    </Panel>
  )
}
