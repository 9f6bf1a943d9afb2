import { Link } from '@tanstack/react-router'
import type { CatalogVersion } from '../../../src/client/index.ts'
import { useRead } from '../../api/use-api.ts'
import { Block } from '../../ui/block.tsx'
import linkCss from '../../ui/link.module.css'
import { Panel } from '../../ui/panel.tsx'
import { State } from '../../ui/state.tsx'
import { type Column, Table } from '../../ui/table.tsx'
import { Time } from '../../ui/time.tsx'
import { documentOf } from './document.ts'

const SHOWN = 50

/** Who changed the catalog and when. Restoring a version publishes it as a new one. */
export const Versions = ({
  catalog,
  inForce,
}: {
  readonly catalog: string
  readonly inForce: number
}) => {
  const versions = useRead(['catalog', 'versions', catalog], (tollgate, options) =>
    tollgate.catalog.versions({ catalog, limit: SHOWN }, options),
  )
  const columns: readonly Column<CatalogVersion>[] = [
    {
      key: 'version',
      head: 'Version',
      cell: ({ version }) => `v${version}`,
    },
    {
      key: 'state',
      head: 'State',
      cell: ({ version }) =>
        version === inForce ? (
          <State tone="good">in force</State>
        ) : (
          <State tone="muted">earlier</State>
        ),
    },
    { key: 'at', head: 'Since', cell: ({ createdAt }) => <Time at={createdAt} /> },
    {
      key: 'by',
      head: 'By',
      cell: ({ actor, source }) => (actor === source ? actor : `${actor}, ${source}`),
    },
    { key: 'note', head: 'Reason', cell: ({ note }) => note ?? '—' },
    {
      key: 'plans',
      head: 'Plans',
      isFigure: true,
      cell: ({ document }) => documentOf(document).plans.length,
    },
    {
      key: 'types',
      head: 'Event types',
      isFigure: true,
      cell: ({ document }) => documentOf(document).eventTypes.length,
    },
    {
      key: 'act',
      head: '',
      isFigure: true,
      cell: ({ version }) =>
        version !== inForce && (
          <Link
            to="/catalog/$catalog/edit"
            params={{ catalog }}
            search={{ version }}
            className={linkCss.link}
          >
            Roll back to it
          </Link>
        ),
    },
  ]
  return (
    <Panel
      title="Versions"
      note={`the latest ${SHOWN}; every event keeps the version that priced it`}
      isFlush
    >
      <Block of={versions} lines={5}>
        {({ versions }) => (
          <Table label="Versions" columns={columns} rows={versions} keyOf={({ id }) => id} />
        )}
      </Block>
    </Panel>
  )
}
