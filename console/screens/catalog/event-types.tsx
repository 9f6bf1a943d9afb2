import { Link } from '@tanstack/react-router'
import { multiplierName, priceCall } from '../../../src/core/pricing.ts'
import { exact, meterText, plain } from '../../../src/react/format/index.ts'
import linkCss from '../../ui/link.module.css'
import { Panel } from '../../ui/panel.tsx'
import { State, Tag } from '../../ui/state.tsx'
import { type Column, Table } from '../../ui/table.tsx'
import css from './catalog.module.css'
import type { CatalogDocument, CatalogEventType } from './document.ts'

/**
 * An example price with every multiplier at two and every bonus on, computed by the engine's rule.
 */
const workedPrice = (eventType: CatalogEventType): string => {
  const properties = Object.fromEntries([
    ...eventType.multipliers.map((one) => [multiplierName(one), 2] as const),
    ...Object.keys(eventType.bonuses).map((name) => [name, true] as const),
  ])
  const priced = priceCall(eventType, properties)
  return priced.ok ? exact(priced.story.credits) : '—'
}

/** The event types and their prices. */
export const EventTypes = ({ document }: { readonly document: CatalogDocument }) => {
  const columns: readonly Column<CatalogEventType>[] = [
    {
      key: 'name',
      head: 'Event type',
      cell: ({ key, name }) => (
        <span className={css.key}>
          <Link
            to="/catalog/$catalog/edit"
            params={{ catalog: document.key }}
            search={{ eventType: key }}
            className={linkCss.link}
          >
            {name}
          </Link>
          <small>{key}</small>
        </span>
      ),
    },
    { key: 'category', head: 'Category', cell: ({ category }) => plain(category) },
    {
      key: 'base',
      head: 'Base credits',
      isFigure: true,
      cell: ({ baseCredits }) => exact(baseCredits),
    },
    {
      key: 'multipliers',
      head: 'Multipliers',
      cell: ({ multipliers }) => multipliers.map(multiplierName).join(', ') || '—',
    },
    {
      key: 'bonuses',
      head: 'Bonuses',
      cell: ({ bonuses }) =>
        Object.entries(bonuses)
          .map(([name, credits]) => `${plain(name)} ${exact(credits)}`)
          .join(', ') || '—',
    },
    {
      key: 'worked',
      head: 'Example: all × 2, bonuses on',
      isFigure: true,
      cell: workedPrice,
    },
    {
      key: 'meters',
      head: 'Meters',
      isWideOnly: true,
      cell: ({ meters }) =>
        Object.keys(meters).map((meter) => <Tag key={meter}>{meterText(meter)}</Tag>),
    },
    {
      key: 'active',
      head: 'State',
      cell: ({ active }) =>
        active ? <State tone="ok">active</State> : <State tone="muted">refused</State>,
    },
  ]
  return (
    <Panel title="Event types" note="credits of a call = base × multipliers + bonuses" isFlush>
      <Table
        label="Event types"
        columns={columns}
        rows={document.eventTypes}
        keyOf={({ key }) => key}
        isMuted={({ active }) => !active}
      />
    </Panel>
  )
}
