import { useEffect, useLayoutEffect, useRef, useState } from 'react'
import css from './table.module.css'
import { TableHead, type TableProps, TableRows } from './table.tsx'

interface LongTableProps<Row> extends Omit<TableProps<Row>, 'rows'> {
  readonly pages: readonly (readonly Row[])[]
  /**
   * Loads the next page; called near the end. Absent if there are no further pages, or no more may
   * load.
   */
  readonly onEnd: (() => void) | undefined
}

/** The distance from the viewport at which the next page loads, and at which rows are rendered. */
const NEXT_MARGIN = '1200px 0px'
const DRAWN_MARGIN = '500px 0px'
/** The rows of one part, and the assumed height of a row before it is measured. */
const PART_ROWS = 15
const ROW_PX = 32
/** The parts rendered at first: those of the first screen. */
const FIRST_PARTS = 3

/**
 * A table of pages that load while scrolling. Distant parts are replaced by gaps of equal height,
 * so only a few screens of rows are in the DOM.
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

/**
 * A part of the rows, or a gap of their height. The height is estimated until the rows are
 * rendered.
 */
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

/** Reports when an element enters or leaves the margin around the viewport. */
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

/** Fixed column widths. Without them the columns would move with the rendered rows. */
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
