'use client'
import { useState } from 'react'
import type { HistoryPage } from '../../contract/usage-history.ts'
import { useWords } from '../hooks/context.ts'
import { type HistoryFilters, useUsageHistory } from '../hooks/use-usage-history.ts'
import {
  BlockNote,
  type BlockReading,
  isWithoutData,
  Skeleton,
  StaleNote,
} from '../parts/block-state.tsx'
import { type Common, classesOf } from '../parts/names.ts'
import { Root } from '../parts/root.tsx'
import { saveFile } from '../parts/save-file.ts'
import { type EventTypeChoice, HistoryFilterBar } from './history-filter-bar.tsx'
import { type HistoryColumn, HistoryTable } from './history-table.tsx'

type Event = HistoryPage['events'][number]

interface Look extends Common {
  readonly columns?: readonly HistoryColumn[] | undefined
  /** The event types to choose from; without them the filter is a text field. */
  readonly eventTypes?: readonly EventTypeChoice[] | undefined
  /** The IANA time zone of displayed times. UTC by default. */
  readonly timezone?: string | undefined
  readonly onOpenEvent?: ((event: Event) => void) | undefined
}

interface Given extends Look {
  readonly events: readonly Event[] | undefined
  readonly pagination?: HistoryPage['pagination'] | undefined
  readonly summary?: HistoryPage['summary'] | undefined
  readonly filters?: HistoryFilters | undefined
  readonly onFilter?: ((some: HistoryFilters) => void) | undefined
  readonly onClear?: (() => void) | undefined
  readonly onNext?: (() => void) | undefined
  readonly onPrevious?: (() => void) | undefined
  readonly onExport?: (() => void) | undefined
  /** Why the export failed. */
  readonly exportFault?: string | undefined
  /** The position of the first event on this page, from 1. */
  readonly first?: number | undefined
  readonly at?: string | undefined
  readonly reading?: BlockReading | undefined
}

interface Read extends Look {
  readonly organizationId?: string | undefined
  readonly pageSize?: number | undefined
  readonly onFilter?: ((filters: HistoryFilters) => void) | undefined
}

export type UsageHistoryProps = Given | Read

/**
 * The events of an organization, with filters, pages and CSV export. With `events` it renders them;
 * otherwise it reads them from the surrounding `TollgateProvider`.
 */
export const UsageHistory = (props: UsageHistoryProps) =>
  'events' in props ? <UsageHistoryView {...props} /> : <ReadUsageHistory {...props} />

const ReadUsageHistory = ({ organizationId, pageSize, onFilter, ...look }: Read) => {
  const { timezone } = look
  const read = useUsageHistory(organizationId, pageSize ? { limit: pageSize } : {})
  const { history, filters, setFilter } = read
  const { say } = useWords()
  const [exportFault, setExportFault] = useState<string>()
  const exportCsv = async () => {
    setExportFault(undefined)
    try {
      saveFile('usage.csv', await read.exportCsv())
    } catch {
      setExportFault(say.failed)
    }
  }
  return (
    <UsageHistoryView
      {...look}
      events={history?.events}
      pagination={history?.pagination}
      summary={history?.summary}
      first={read.first}
      filters={filters}
      timezone={timezone}
      onFilter={(some) => {
        setFilter(some)
        onFilter?.({ ...filters, ...some })
      }}
      onClear={read.clearFilters}
      onNext={read.next}
      onPrevious={read.previous}
      onExport={history && (() => void exportCsv())}
      exportFault={exportFault}
      at={history?.range.to}
      reading={{ status: read.status, error: read.error, retry: read.retry }}
    />
  )
}

const SKELETON_ROWS = 10

const UsageHistoryView = (props: Given) => {
  const { events, pagination, summary, reading, first = 1, timezone = 'UTC' } = props
  const words = useWords()
  const { say, amount } = words
  const classOf = classesOf('history', props.parts)
  const status = reading?.status ?? 'ready'
  const { limit: _, sort: __, ...narrowing } = props.filters ?? {}
  const isFiltered = Object.values(narrowing).some((value) => value !== undefined && value !== '')
  const last = first + (events?.length ?? 0) - 1
  const total = pagination?.total ?? summary?.events
  return (
    <Root
      block="history"
      label={say.events}
      state={status}
      isBusy={status === 'loading'}
      className={props.className}
    >
      {status === 'stale' && (
        <StaleNote
          clock={props.at ? words.clock(props.at, timezone) : '—'}
          retry={reading?.retry}
        />
      )}
      <header className={classOf('header')}>
        <h2 className="tg-title">{say.events}</h2>
        {summary && (
          <p className={classOf('summary')}>
            {say.summary(
              amount(summary.events),
              amount(summary.credits),
              words.money(summary.costUsd),
            )}
          </p>
        )}
        {props.onExport && (
          <button type="button" className="tg-button" onClick={props.onExport}>
            {say.exportCsv}
          </button>
        )}
      </header>
      {props.exportFault && (
        <p className="tg-fault" role="alert">
          {props.exportFault}
        </p>
      )}
      {props.onFilter && status !== 'refused' && (
        <HistoryFilterBar
          filters={props.filters ?? {}}
          eventTypes={props.eventTypes}
          onFilter={props.onFilter}
          onClear={isFiltered ? props.onClear : undefined}
          classOf={classOf}
        />
      )}
      {events === undefined ? (
        reading && isWithoutData(status) ? (
          <BlockNote reading={reading} />
        ) : (
          <div className={classOf('rows')}>
            <p className="tg-visually-hidden" role="status">
              {say.loading}
            </p>
            <Skeleton lines={SKELETON_ROWS} />
          </div>
        )
      ) : events.length === 0 ? (
        <p className="tg-empty" data-tall="">
          {isFiltered ? say.noEventsFit : say.noEvents}
        </p>
      ) : (
        <HistoryTable
          {...{ events, timezone, columns: props.columns, onOpen: props.onOpenEvent, classOf }}
        />
      )}
      {events !== undefined && events.length > 0 && (
        <footer className={classOf('footer')}>
          <p className="tg-fact">
            {say.shown(
              amount(first),
              amount(last),
              total === null || total === undefined ? undefined : amount(total),
            )}
          </p>
          <div className={classOf('pages')}>
            <button
              type="button"
              className="tg-button"
              disabled={!props.onPrevious}
              onClick={props.onPrevious}
            >
              {say.previous}
            </button>
            <button
              type="button"
              className="tg-button"
              disabled={!props.onNext}
              onClick={props.onNext}
            >
              {say.next}
            </button>
          </div>
        </footer>
      )}
    </Root>
  )
}
