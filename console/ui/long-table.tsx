import { useEffect, useLayoutEffect, useRef, useState } from 'react'
import css from './table.module.css'
import { TableHead, type TableProps, TableRows } from './table.tsx'

interface LongTableProps<Row> extends Omit<TableProps<Row>, 'rows'> {
  readonly pages: readonly (readonly Row[])[]
  /** Called when the end comes near; nothing more is there, or may be, where it is not given. */
  readonly onEnd: (() => void) | undefined
}

/** So far from what is seen the next page is asked for, and rows are drawn. */
const NEXT_MARGIN = '1200px 0px'
const DRAWN_MARGIN = '500px 0px'
/** So many rows are drawn at once, within a frame; and as high is one until one was measured. */
const PART_ROWS = 15
const ROW_PX = 32
/** Parts that are drawn at the beginning: those of the first screen. */
const FIRST_PARTS = 3

/**
 * Pages under each other, read as one scrolls. Rows that are far off the screen are gaps of their
 * height, so the table holds the rows of a few screens, however far one has come.
 */
export const LongTable = <Row,>({ pages, onEnd, ...table }: LongTableProps<Row>) => {
  const head = useRef<HTMLTableElement>(null)
  const widths = useWidths(head, pages.length > 1)
  return (
    <>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: scrollable areas need keyboard access */}
      <section className={css.box} aria-label={table.label} tabIndex={0}>
        <table ref={head} className={css.table} data-fixed={widths !== undefined || undefined}>
          {widths && (
            <colgroup>
              {widths.map((width, index) => (
                <col key={table.columns[index]?.key} width={width} />
              ))}
            </colgroup>
          )}
          <TableHead columns={table.columns} sort={table.sort} />
          {partsOf(pages).map((rows, index) => (
            <Part
              key={rows[0] ? table.keyOf(rows[0]) : index}
              {...table}
              rows={rows}
              isFirst={index < FIRST_PARTS}
            />
          ))}
        </table>
      </section>
      {onEnd && <End key={pages.length} onSeen={onEnd} />}
    </>
  )
}

const partsOf = <Row,>(pages: readonly (readonly Row[])[]): readonly (readonly Row[])[] =>
  pages.flatMap((rows) =>
    Array.from({ length: Math.ceil(rows.length / PART_ROWS) }, (_, part) =>
      rows.slice(part * PART_ROWS, (part + 1) * PART_ROWS),
    ),
  )

/** Some rows, or a gap as high as they were; until they were drawn, as others are. */
const Part = <Row,>({ isFirst, ...table }: TableProps<Row> & { readonly isFirst: boolean }) => {
  const body = useRef<HTMLTableSectionElement>(null)
  const [gapPx, setGapPx] = useState<number | undefined>(
    isFirst ? undefined : table.rows.length * ROW_PX,
  )
  useNearness(body, DRAWN_MARGIN, (isNear) => {
    const heightPx = body.current?.getBoundingClientRect().height ?? 0
    setGapPx((now) => (isNear ? undefined : (now ?? heightPx)))
  })
  return (
    <tbody ref={body}>
      {gapPx === undefined ? (
        <TableRows {...table} />
      ) : (
        <tr data-gap>
          <td colSpan={table.columns.length} style={{ height: gapPx }} />
        </tr>
      )}
    </tbody>
  )
}

const End = ({ onSeen }: { readonly onSeen: () => void }) => {
  const mark = useRef<HTMLDivElement>(null)
  useNearness(mark, NEXT_MARGIN, (isNear) => isNear && onSeen())
  return <div ref={mark} />
}

/** Calls when something comes near to what is seen, and when it is far again. */
const useNearness = (
  of: { readonly current: Element | null },
  rootMargin: string,
  onChange: (isNear: boolean) => void,
): void => {
  const latest = useRef(onChange)
  useLayoutEffect(() => {
    latest.current = onChange
  })
  useEffect(() => {
    if (!of.current) return
    const observer = new IntersectionObserver(
      (entries) => latest.current(entries.at(-1)?.isIntersecting ?? true),
      { rootMargin },
    )
    observer.observe(of.current)
    return () => observer.disconnect()
  }, [of, rootMargin])
}

/** How wide the columns are once they are kept: without, they would move with the rows that are drawn. */
const useWidths = (
  table: { readonly current: HTMLTableElement | null },
  areKept: boolean,
): readonly number[] | undefined => {
  const [widths, setWidths] = useState<readonly number[]>()
  useLayoutEffect(() => {
    if (!areKept) return setWidths(undefined)
    if (widths) return
    const heads = table.current?.querySelectorAll('thead th') ?? []
    setWidths([...heads].map((head) => head.getBoundingClientRect().width))
  }, [areKept, widths, table])
  useEffect(() => {
    const measureAnew = () => setWidths(undefined)
    addEventListener('resize', measureAnew)
    return () => removeEventListener('resize', measureAnew)
  }, [])
  return widths
}
