import {
  memo,
  startTransition,
  useCallback,
  useEffect,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
} from 'react'
import css from './table.module.css'
import { TableHead, type TableProps, TableRows } from './table.tsx'

/** The columns and `keyOf` must stay the same objects, or each new page renders all rows again. */
interface LongTableProps<Row> extends Omit<TableProps<Row>, 'rows' | 'isMarked' | 'isMuted'> {
  readonly pages: readonly (readonly Row[])[]
  /** The key of the marked row. */
  readonly marked: string | undefined
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
export const LongTable = <Row,>({ pages, onEnd, sort, ...table }: LongTableProps<Row>) => {
  const { columns, keyOf, marked } = table
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
                <col key={columns[index]?.key} width={width} />
              ))}
            </colgroup>
          )}
          <TableHead columns={columns} sort={sort} />
          {pages.map((rows, page) => (
            <Page
              key={rows[0] ? keyOf(rows[0]) : page}
              label={table.label}
              columns={columns}
              keyOf={keyOf}
              rows={rows}
              marked={rows.some((row) => keyOf(row) === marked) ? marked : undefined}
              isFirst={page === 0}
            />
          ))}
        </table>
      </section>
      {onEnd && <End key={pages.length} onSeen={onEnd} />}
    </>
  )
}

interface RowsProps<Row> extends TableProps<Row> {
  readonly marked: string | undefined
  readonly isFirst: boolean
}

const PageOf = <Row,>({ rows, isFirst, ...table }: RowsProps<Row>) => {
  const parts = useMemo(
    () =>
      Array.from({ length: Math.ceil(rows.length / PART_ROWS) }, (_, part) =>
        rows.slice(part * PART_ROWS, (part + 1) * PART_ROWS),
      ),
    [rows],
  )
  return (
    <>
      {parts.map((part, index) => (
        <Part
          key={part[0] ? table.keyOf(part[0]) : index}
          {...table}
          rows={part}
          isFirst={isFirst && index < FIRST_PARTS}
        />
      ))}
    </>
  )
}

/** Rendered again only if its own rows change, not for each further page. */
const Page = memo(PageOf) as typeof PageOf

/**
 * A part of the rows, or a gap of their height. The height is estimated until the rows are
 * rendered.
 */
const Part = <Row,>({ isFirst, marked, ...table }: RowsProps<Row>) => {
  const body = useRef<HTMLTableSectionElement>(null)
  const [gapPx, setGapPx] = useState<number | undefined>(
    isFirst ? undefined : table.rows.length * ROW_PX,
  )
  const onChange = useCallback(
    ({ isIntersecting, boundingClientRect }: IntersectionObserverEntry) => {
      // As a transition, React renders rows in slices of 5 ms, between which the page scrolls.
      startTransition(() =>
        setGapPx((now) => (isIntersecting ? undefined : (now ?? boundingClientRect.height))),
      )
    },
    [],
  )
  useNearness(body, DRAWN_MARGIN, onChange)
  return (
    <tbody ref={body}>
      {gapPx === undefined ? (
        <TableRows {...table} isMarked={(row) => table.keyOf(row) === marked} />
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
  const latest = useRef(onSeen)
  useLayoutEffect(() => {
    latest.current = onSeen
  })
  const onChange = useCallback(({ isIntersecting }: IntersectionObserverEntry) => {
    if (isIntersecting) latest.current()
  }, [])
  useNearness(mark, NEXT_MARGIN, onChange)
  return <div ref={mark} />
}

/** Reports when an element enters or leaves the margin around the viewport. */
const useNearness = (
  of: { readonly current: Element | null },
  rootMargin: string,
  onChange: (entry: IntersectionObserverEntry) => void,
): void => {
  useEffect(() => {
    if (!of.current) return
    const observer = new IntersectionObserver((entries) => entries.slice(-1).forEach(onChange), {
      rootMargin,
    })
    observer.observe(of.current)
    return () => observer.disconnect()
  }, [of, rootMargin, onChange])
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
