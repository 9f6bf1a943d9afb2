import { ArrowDown, ArrowUp } from 'lucide-react'
import type { ReactNode } from 'react'
import css from './table.module.css'

export interface Column<Row> {
  readonly key: string
  readonly head: ReactNode
  /** Said in place of the head where that is no text, and on a phone. */
  readonly label?: string
  readonly isFigure?: boolean
  /** Left out below 760 px; the first column never is. */
  readonly isWideOnly?: boolean
  /** Its order, as the API names it. */
  readonly sort?: string
  readonly cell: (row: Row) => ReactNode
}

interface TableProps<Row> {
  readonly label: string
  readonly columns: readonly Column<Row>[]
  readonly rows: readonly Row[]
  readonly keyOf: (row: Row) => string
  readonly sort?: { readonly by: string; readonly onSort: (by: string) => void }
  readonly isMarked?: (row: Row) => boolean
  readonly isMuted?: (row: Row) => boolean
}

/** Rows of figures. On a phone each row is its name over its figures, so nothing is off the screen. */
export const Table = <Row,>(props: TableProps<Row>) => {
  const { label, columns, rows, keyOf, sort, isMarked, isMuted } = props
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard
    <section className={css.box} aria-label={label} tabIndex={0}>
      <table className={css.table}>
        <thead>
          <tr>
            {columns.map((column) => (
              <Head key={column.key} column={column} sort={sort} />
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr
              key={keyOf(row)}
              data-marked={isMarked?.(row) || undefined}
              data-muted={isMuted?.(row) || undefined}
            >
              {columns.map(({ key, isFigure, isWideOnly, cell, head, label }) => (
                <td
                  key={key}
                  className={isFigure === true ? css.figure : undefined}
                  data-wide={isWideOnly || undefined}
                  data-label={label ?? (typeof head === 'string' ? head : '')}
                >
                  {cell(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}

const Head = <Row,>({
  column: { head, isFigure, isWideOnly, sort: order },
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
