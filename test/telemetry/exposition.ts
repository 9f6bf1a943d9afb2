/** The content of a scrape: each metric's type, help, and its series' labels. */
export interface Exposed {
  readonly type: string
  readonly help: string
  readonly labels: ReadonlySet<string>
  readonly values: ReadonlyMap<string, ReadonlySet<string>>
  readonly samples: readonly { readonly name: string; readonly value: number }[]
}

const SAMPLE = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$/
const LABEL = /(\w+)="((?:[^"\\]|\\.)*)"/g

/** Reads the text that Prometheus scrapes; throws on an invalid line. */
export const readExposition = (text: string): ReadonlyMap<string, Exposed> => {
  const found = new Map<string, { -readonly [Key in keyof Exposed]: Exposed[Key] }>()
  const at = (name: string) => {
    const known = found.get(name)
    if (known) return known
    const made = { type: '', help: '', labels: new Set<string>(), values: new Map(), samples: [] }
    found.set(name, made)
    return made
  }
  for (const line of text.split('\n')) {
    if (line === '') continue
    const [, kind, named = '', rest = ''] = /^# (HELP|TYPE) (\S+) (.*)$/.exec(line) ?? []
    if (kind === 'HELP') at(named).help = rest
    else if (kind === 'TYPE') at(named).type = rest
    else addSample(found, line)
  }
  return found
}

const addSample = (found: Map<string, Exposed>, line: string): void => {
  const [, name = '', labels = '', value = ''] = SAMPLE.exec(line) ?? []
  const base = found.has(name) ? name : name.replace(/_(bucket|sum|count)$/, '')
  const metric = found.get(base)
  if (!metric || Number.isNaN(Number(value))) throw new Error(`not an exposition: ${line}`)
  for (const [, label = '', text = ''] of labels.matchAll(LABEL)) {
    ;(metric.labels as Set<string>).add(label)
    const values = (metric.values.get(label) ?? new Set()) as Set<string>
    values.add(text)
    ;(metric.values as Map<string, Set<string>>).set(label, values)
  }
  ;(metric.samples as { name: string; value: number }[]).push({ name, value: Number(value) })
}
