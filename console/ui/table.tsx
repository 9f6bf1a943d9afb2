import { ArrowDown, ArrowUp } from 'lucide-react'
import type { ReactNode } from 'react'
import css from './table.module.css'

export interface Column<Row> {
  readonly key: string
  readonly head: ReactNode
  /** The column's name if `head` is not text, and on a phone. */
  readonly label?: string
  readonly isFigure?: boolean
  /** Hidden below 760 px; the first column never is. */
  readonly isWideOnly?: boolean
  /** Hidden below 1,640 px, where other columns need the space. */
  readonly isRoomy?: boolean
  /** On a phone it gets a line of its own, for bars and longer texts. */
  readonly isBroad?: boolean
  /** The sort key of the API. */
  readonly sort?: string
  readonly cell: (row: Row) => ReactNode
}

export interface TableProps<Row> {
  readonly label: string
  readonly columns: readonly Column<Row>[]
  readonly rows: readonly Row[]
  readonly keyOf: (row: Row) => string
  readonly sort?: { readonly by: string; readonly onSort: (by: string) => void } | undefined
  readonly isMarked?: (row: Row) => boolean
  readonly isMuted?: (row: Row) => boolean
}

/** A table of figures. On a phone each row is a name above its figures, so nothing is cut off. */
export const Table = <Row,>(props: TableProps<Row>) => (
  // biome-ignore lint/a11y/noNoninteractiveTabindex: scrollable areas need keyboard access
  <section className={css.box} aria-label={props.label} tabIndex={0}>
    <table className={css.table}>
      <TableHead columns={props.columns} sort={props.sort} />
      <tbody>
        <TableRows {...props} />
      </tbody>
    </table>
  </section>
)

export const TableHead = <Row,>({ columns, sort }: Pick<TableProps<Row>, 'columns' | 'sort'>) => (
  <thead>
    <tr>
      {columns.map((column) => (
        <Head key={column.key} column={column} sort={sort} />
      ))}
    </tr>
  </thead>
)

export const TableRows = <Row,>(props: TableProps<Row>) => {
  const { columns, rows, keyOf, isMarked, isMuted } = props
  return rows.map((row) => (
    <tr
      key={keyOf(row)}
      data-marked={isMarked?.(row) || undefined}
      data-muted={isMuted?.(row) || undefined}
    >
      {columns.map(({ key, isFigure, isWideOnly, isRoomy, isBroad, cell, head, label }) => (
        <td
          key={key}
          className={isFigure === true ? css.figure : undefined}
          data-wide={isWideOnly || undefined}
          data-roomy={isRoomy || undefined}
          data-broad={isBroad || undefined}
          data-label={label ?? (typeof head === 'string' ? head : '')}
        >
          {cell(row)}
        </td>
      ))}
    </tr>
  ))
}

const Head = <Row,>({
  column: { head, label, isFigure, isWideOnly, isRoomy, sort: order },
  sort,
}: {
  readonly column: Column<Row>
  readonly sort: TableProps<Row>['sort']
}) => {
  const isSorted = sort !== undefined && order !== undefined && sort.by.replace('-', '') === order
  const isDown = isSorted && sort.by.startsWith('-')
  return (
    <th
      scope="col"
      className={isFigure === true ? css.figure : undefined}
      data-wide={isWideOnly || undefined}
      data-roomy={isRoomy || undefined}
      title={label}
      aria-sort={isSorted ? (isDown ? 'descending' : 'ascending') : undefined}
    >
      {sort && order !== undefined ? (
        <button
          type="button"
          className={css.sort}
          onClick={() => sort.onSort(isDown ? order : isSorted ? `-${order}` : `-${order}`)}
        >
          {isSorted &&
            (isDown ? (
              <ArrowDown size={12} aria-hidden="true" />
            ) : (
              <ArrowUp size={12} aria-hidden="true" />
            ))}
          {head}
        </button>
      ) : (
        head
      )}
    </th>
  )
}
