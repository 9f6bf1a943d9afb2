import { type ReactNode, type RefObject, useId, useRef, useState } from 'react'
import { type ChartData, csvOf, hueClass } from './series.ts'

interface FrameProps {
  /** One sentence that names the chart for screen readers. */
  readonly summary: string
  readonly data: ChartData
  /** The base name of exported files. */
  readonly fileName: string
  readonly hasLegend?: boolean
  readonly legendExtra?: ReactNode
  readonly children: ReactNode
}

/** The frame of every chart: legend, data table and exports. */
export const ChartFrame = ({
  summary,
  data,
  fileName,
  hasLegend = true,
  legendExtra,
  children,
}: FrameProps) => {
  const [isTable, setIsTable] = useState(false)
  const drawn = useRef<HTMLDivElement>(null)
  const captionId = useId()
  return (
    <figure className="tg-chart" aria-labelledby={captionId}>
      <figcaption id={captionId} className="tg-visually-hidden">
        {summary}
      </figcaption>
      <div className="tg-chart__bar">
        <ul className="tg-legend">
          {hasLegend &&
            data.series.map(({ key, name, hue }) => (
              <li key={key}>
                <svg width="10" height="10" aria-hidden="true">
                  <rect width="10" height="10" rx="2" className={hueClass(hue)} />
                </svg>
                {name}
              </li>
            ))}
          {legendExtra}
        </ul>
        <div className="tg-chart__acts">
          <button type="button" aria-pressed={isTable} onClick={() => setIsTable(!isTable)}>
            Table
          </button>
          <button type="button" onClick={() => save(`${fileName}.csv`, 'text/csv', csvOf(data))}>
            CSV
          </button>
          {!isTable && (
            <button
              type="button"
              onClick={() => save(`${fileName}.svg`, 'image/svg+xml', svgText(drawn))}
            >
              SVG
            </button>
          )}
        </div>
      </div>
      {isTable ? <ChartTable data={data} /> : <div ref={drawn}>{children}</div>}
    </figure>
  )
}

const ChartTable = ({ data: { series, buckets, full } }: { readonly data: ChartData }) => (
  // biome-ignore lint/a11y/noNoninteractiveTabindex: scrollable areas need keyboard access
  <section className="tg-chart__table" aria-label="The chart as a table" tabIndex={0}>
    <table>
      <thead>
        <tr>
          <th scope="col">When</th>
          {series.map(({ key, name }) => (
            <th key={key} scope="col">
              {name}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {buckets.map((bucket) => (
          <tr key={bucket.key}>
            <th scope="row">
              {bucket.longLabel}
              {bucket.complete ? '' : ' (so far)'}
            </th>
            {series.map(({ key }) => {
              const value = bucket.values[key]
              return <td key={key}>{value === null || value === undefined ? '—' : full(value)}</td>
            })}
          </tr>
        ))}
      </tbody>
    </table>
  </section>
)

const save = (name: string, type: string, text: string): void => {
  const url = URL.createObjectURL(new Blob([text], { type }))
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
  URL.revokeObjectURL(url)
}

/** The chart as standalone SVG, with the stylesheet's values written into attributes. */
const svgText = (drawn: RefObject<HTMLDivElement | null>): string => {
  const svg = drawn.current?.querySelector('svg')
  if (!svg) return ''
  const copy = svg.cloneNode(true) as SVGElement
  const originals = [svg, ...svg.querySelectorAll('*')]
  const copies = [copy, ...copy.querySelectorAll('*')]
  originals.forEach((original, index) => {
    const style = getComputedStyle(original)
    for (const name of ['fill', 'stroke', 'stroke-dasharray', 'font-size', 'font-family']) {
      copies[index]?.setAttribute(name, style.getPropertyValue(name))
    }
  })
  copy.setAttribute('xmlns', 'http://www.w3.org/2000/svg')
  return new XMLSerializer().serializeToString(copy)
}
