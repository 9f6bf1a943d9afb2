import type { ReactNode } from 'react'
import type { Read } from '../api/use-api.ts'
import { Block, Empty } from './block.tsx'
import { Button } from './button.tsx'
import { Pages } from './pages.tsx'
import { Panel } from './panel.tsx'
import { Table, type TableProps } from './table.tsx'

interface ListPage<Row> {
  readonly items: readonly Row[]
  readonly nextCursor: string | null
}

interface ListPanelProps<Row> extends Omit<TableProps<Row>, 'rows'> {
  readonly of: Read<ListPage<Row>>
  readonly title: string
  readonly note: string
  /** The button that creates an entry. Absent: the reader may not. */
  readonly add?: { readonly label: string; readonly onClick: () => void } | undefined
  /** The number of skeleton lines. */
  readonly lines: number
  readonly empty: { readonly title: string; readonly text: ReactNode }
  readonly cursor: string | undefined
  readonly size: number
  readonly onGo: (cursor: string | undefined) => void
}

/** A panel with a paged list, a button to add to it, and an empty state. */
export const ListPanel = <Row,>({
  of,
  title,
  note,
  add,
  lines,
  empty,
  cursor,
  size,
  onGo,
  ...table
}: ListPanelProps<Row>) => (
  <>
    <Panel
      title={title}
      note={note}
      acts={add && <Button onClick={add.onClick}>{add.label}</Button>}
      isFlush
    >
      <Block of={of} lines={lines}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty title={empty.title}>{empty.text}</Empty>
          ) : (
            <Table {...table} rows={items} />
          )
        }
      </Block>
    </Panel>
    <Pages first="First" next={of.data?.nextCursor} {...{ cursor, size, onGo }} />
  </>
)
