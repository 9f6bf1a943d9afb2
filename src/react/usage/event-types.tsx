import type { UsageDashboard } from '../../contract/insight.ts'
import { useWords } from '../hooks/context.ts'
import { Heading } from '../parts/block-state.tsx'
import type { ClassOf } from '../parts/names.ts'
import { plainMeter, sentence } from '../words/messages.ts'

interface EventTypesProps {
  readonly events: UsageDashboard['dashboard']['events']
  readonly classOf: ClassOf
}

const SHOWN = 8

/** The usage of the period by event type. */
export const EventTypes = ({ events, classOf }: EventTypesProps) => {
  const { say, amount, percent } = useWords()
  const shown = events.breakdown.slice(0, SHOWN)
  return (
    <div className={classOf('types')}>
      <Heading>{say.byEventType}</Heading>
      {shown.length === 0 ? (
        <p className="tg-empty">{say.noEvents}</p>
      ) : (
        <table className="tg-table tg-stack">
          <thead>
            <tr>
              <th scope="col">{say.eventType}</th>
              <th scope="col">{say.calls}</th>
              <th scope="col" data-wide="">
                {say.errors}
              </th>
              <th scope="col">{say.credits}</th>
              <th scope="col" className="tg-share-head">
                {say.share}
              </th>
            </tr>
          </thead>
          <tbody>
            {shown.map((type) => (
              <tr key={type.eventType}>
                <th scope="row">{type.name ?? sentence(plainMeter(lastOf(type.eventType)))}</th>
                <td data-label={say.calls}>{amount(type.events)}</td>
                <td data-wide="">{amount(type.errors)}</td>
                <td data-label={say.credits}>{amount(type.credits)}</td>
                <td className="tg-share-cell" data-label={say.share}>
                  <svg width="100%" height="6" aria-hidden="true" className="tg-share-bar">
                    <rect width="100%" height="6" rx="3" className="tg-limit__track" />
                    <rect
                      width={`${Math.max(0, Math.min(100, type.percentage))}%`}
                      height="6"
                      rx="3"
                      className="tg-hue-1"
                    />
                  </svg>
                  <span>{percent(type.percentage)}</span>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {events.eventTypes > shown.length && (
        <p className="tg-fact">{say.firstOf(shown.length, events.eventTypes)}</p>
      )}
    </div>
  )
}

/** The key part of `catalog/key`. */
export const lastOf = (key: string): string => key.split('/').at(-1) ?? key
