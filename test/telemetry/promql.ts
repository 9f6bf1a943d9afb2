import { parser } from '@prometheus-io/lezer-promql'

export interface Selected {
  readonly metric: string
  readonly labels: readonly string[]
}

/** The metrics of an expression and its grouping labels; throws on invalid PromQL. */
export const readPromql = (
  expression: string,
): { readonly selected: readonly Selected[]; readonly grouped: readonly string[] } => {
  const selected: { metric: string; labels: string[] }[] = []
  const grouped: string[] = []
  parser.parse(expression).iterate({
    enter: ({ from, name, node, to, type }) => {
      const text = expression.slice(from, to)
      if (type.isError) throw new SyntaxError(`not PromQL at ${from}: ${expression}`)
      if (name === 'VectorSelector') {
        const metric = node.getChild('Identifier')
        selected.push({
          metric: metric ? expression.slice(metric.from, metric.to) : text,
          labels: [],
        })
      }
      if (name !== 'LabelName') return
      if (node.parent?.name === 'GroupingLabels') grouped.push(text)
      else selected.at(-1)?.labels.push(text)
    },
  })
  return { selected, grouped }
}
