import type { ReactNode } from 'react'
import type { AlertFiring } from '../../../src/client/index.ts'
import { SEVERITIES } from '../../../src/core/severity.ts'
import { useRead } from '../../api/use-api.ts'
import { Block } from '../../ui/block.tsx'
import { CustomerLink } from '../../ui/customer-link.tsx'
import linkCss from '../../ui/link.module.css'
import { Pages } from '../../ui/pages.tsx'
import { Panel, Stack } from '../../ui/panel.tsx'
import { type Column, Table } from '../../ui/table.tsx'
import { Time } from '../../ui/time.tsx'
import {
  ENDED_TEXT,
  firingName,
  KIND_TEXT,
  lineText,
  suppressedText,
  valueText,
} from './alert-words.ts'
import css from './alerts.module.css'
import { type FiringGroup, firingGroups } from './firing-groups.ts'
import { FiringSheet } from './firing-sheet.tsx'
import { Severity } from './severity.tsx'
import { alertsKey, alertsOf, type Whose } from './whose.ts'

/** The search parameters of the screen. */
export interface AlertSearch {
  readonly state?: string | undefined
  readonly severity?: string | undefined
  /** Of the open alerts; `cursor` is of the past ones. */
  readonly openCursor?: string | undefined
  readonly cursor?: string | undefined
  readonly open?: string | undefined
}

const PAGE = 25

interface FiringsProps {
  readonly whose: Whose
  readonly title: string
  readonly note: string
  readonly state: 'open' | 'ended' | 'suppressed'
  readonly acts?: ReactNode
  readonly empty: ReactNode
  readonly cursor: string | undefined
  readonly search: AlertSearch
  readonly onCursor: (cursor: string | undefined) => void
  readonly onOpen: (id: string | undefined) => void
}

/**
 * Firings in one state, the latest first. Each limit shows its newest level, with the earlier
 * levels below. A click opens the details.
 */
export const Firings = (props: FiringsProps) => {
  const { whose, title, note, state, acts, empty, cursor, search, onCursor, onOpen } = props
  const severity = SEVERITIES.find((one) => one === search.severity)
  const request = {
    limit: PAGE,
    state,
    ...(severity !== undefined && { severity }),
    ...(cursor !== undefined && { cursor }),
  }
  const firings = useRead(
    [...alertsKey(whose), 'firings', request],
    (tollgate, options) => {
      const { verbs, of } = alertsOf(tollgate, whose)
      return verbs.firings({ ...of, ...request }, options)
    },
    { poll: true },
  )
  const opened = firings.data?.items.find(({ id }) => id === search.open)
  return (
    <Stack>
      <Panel title={title} note={note} acts={acts} isFlush>
        <Block of={firings} lines={4}>
          {({ items }) =>
            items.length === 0 ? (
              empty
            ) : (
              <Table
                label={`${title}, row by row`}
                columns={columnsOf(whose, state, onOpen)}
                rows={firingGroups(items)}
                keyOf={({ newest }) => newest.id}
                isMarked={({ newest, before }) =>
                  [newest, ...before].some(({ id }) => id === search.open)
                }
              />
            )
          }
        </Block>
      </Panel>
      <Pages cursor={cursor} next={firings.data?.nextCursor} size={PAGE} onGo={onCursor} />
      {opened && <FiringSheet of={opened} onClose={() => onOpen(undefined)} />}
    </Stack>
  )
}

const columnsOf = (
  whose: Whose,
  state: FiringsProps['state'],
  onOpen: (id: string) => void,
): readonly Column<FiringGroup>[] => [
  {
    key: 'what',
    head: 'Alert',
    cell: ({ newest: firing, before }) => (
      <span className={css.what}>
        <button
          type="button"
          className={`${linkCss.plain} ${css.title}`}
          title={firing.title}
          onClick={() => onOpen(firing.id)}
        >
          {firingName(firing)}
        </button>
        {firing.suppressed !== null && <small>{suppressedText(firing.suppressed)}</small>}
        {before.length > 0 && <Before of={before} onOpen={onOpen} />}
      </span>
    ),
  },
  { key: 'rule', head: 'Rule', cell: ({ newest }) => KIND_TEXT[newest.rule] },
  { key: 'severity', head: 'Severity', cell: ({ newest }) => <Severity of={newest.severity} /> },
  ...(whose === null
    ? [
        {
          key: 'of',
          head: 'Customer',
          cell: ({ newest: { organizationId, organizationName } }: FiringGroup) =>
            organizationId === null ? (
              'the platform'
            ) : (
              <span className={css.what}>
                <CustomerLink organizationId={organizationId} name={organizationName} />
                {organizationName !== null && <small>{organizationId}</small>}
              </span>
            ),
        },
      ]
    : []),
  { key: 'value', head: 'Value', isFigure: true, cell: ({ newest }) => valueText(newest) },
  { key: 'line', head: 'Threshold', isFigure: true, cell: ({ newest }) => lineText(newest) },
  {
    key: 'when',
    head: 'Fired',
    isFigure: true,
    cell: ({ newest: { occurredAt } }) => (
      <Time at={occurredAt} form={state === 'open' ? 'relative' : 'instant'} />
    ),
  },
  ...(state === 'ended'
    ? [
        {
          key: 'ended',
          head: 'Ended',
          isFigure: true,
          cell: ({ newest: { ended, endedAt } }: FiringGroup) => (
            <>
              {ended === null ? 'with its window' : ENDED_TEXT[ended]}{' '}
              {endedAt !== null && <Time at={endedAt} />}
            </>
          ),
        },
      ]
    : []),
]

/** The earlier levels, the latest first. */
const Before = ({
  of,
  onOpen,
}: {
  readonly of: readonly AlertFiring[]
  readonly onOpen: (id: string) => void
}) => (
  <small>
    before:{' '}
    {of.map((firing, place) => (
      <span key={firing.id}>
        {place > 0 && ', '}
        <button
          type="button"
          className={linkCss.plain}
          title={firing.title}
          onClick={() => onOpen(firing.id)}
        >
          {lineText(firing)}
        </button>
      </span>
    ))}
  </small>
)
