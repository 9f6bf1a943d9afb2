import { readdirSync, readFileSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'

const SRC = resolve(import.meta.dirname, '../../src')

/** Who may import whom; ARCHITECTURE.md §2 draws it. A layer may always import itself. */
const MAY_IMPORT: Record<string, readonly string[]> = {
  core: [],
  contract: ['core'],
  operations: ['core', 'contract'],
  decision: ['core', 'contract'],
  facade: ['contract', 'decision'],
  guard: ['contract', 'decision', 'facade'],
  storage: ['core', 'contract'],
  authority: ['core', 'contract', 'storage'],
  journal: ['contract', 'storage'],
  connectors: ['core', 'contract'],
  models: ['core', 'contract', 'decision', 'facade', 'guard'],
  engine: [
    ...['core', 'contract', 'operations', 'decision', 'facade'],
    ...['storage', 'authority', 'connectors', 'journal'],
  ],
  client: ['core', 'contract', 'decision', 'facade'],
  mcp: ['core', 'contract', 'operations', 'engine'],
  http: ['core', 'contract', 'operations', 'decision', 'engine', 'mcp'],
  frameworks: ['core', 'contract', 'decision', 'guard', 'http'],
  familiar: ['core', 'contract', 'decision', 'facade', 'frameworks', 'guard', 'http'],
  cli: [
    ...['core', 'contract', 'operations', 'engine', 'http', 'mcp', 'client'],
    ...['index', 'server', 'storage'],
    ...['core', 'contract', 'operations', 'engine', 'http', 'client', 'index', 'server', 'storage'],
    'workflows',
  ],
  testing: ['core', 'contract', 'engine'],
  react: ['core', 'contract', 'client', 'facade'],
  openai: ['models'],
  anthropic: ['models'],
  ai: ['models'],
  langchain: ['models'],
  workflows: ['core', 'contract', 'models'],
  index: ['connectors', 'contract', 'decision', 'engine', 'workflows'],
  unbundled: ['index'],
  server: ['contract', 'core', 'http'],
  'import-tollgate-client-in-a-browser': [],
}
/** Layers that must run in a browser or at the edge. */
const WITHOUT_NODE = [
  ...['core', 'contract', 'operations', 'decision', 'facade', 'guard', 'client', 'models'],
  ...['frameworks', 'familiar', 'react'],
  ...['openai', 'anthropic', 'ai', 'langchain'],
]

interface Import {
  readonly file: string
  readonly layer: string
  readonly target: string
}

const layerOf = (path: string): string => (path.split('/')[0] ?? '').replace(/\.ts$/, '')

const imports: Import[] = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
  .filter((file) => /\.tsx?$/.test(file))
  .flatMap((file) =>
    [...readFileSync(join(SRC, file), 'utf8').matchAll(/(?:from|import\()\s*'([^']+)'/g)].map(
      ([, target = '']) => ({ file, layer: layerOf(file), target }),
    ),
  )

describe('the layers', () => {
  it('are all in the table', () => {
    const layers = new Set(readdirSync(SRC).map((name) => layerOf(name)))
    expect([...layers].filter((layer) => !(layer in MAY_IMPORT))).toEqual([])
  })

  it('import only what the table lets them', () => {
    const wrong = imports
      .filter(({ target }) => target.startsWith('.'))
      .map(({ file, layer, target }) => {
        const to = layerOf(relative(SRC, resolve(SRC, file, '..', target)))
        return { file, layer, to }
      })
      .filter(({ layer, to }) => layer !== to && !MAY_IMPORT[layer]?.includes(to))
    expect(wrong).toEqual([])
  })

  it('keep what may run in a browser free of Node', () => {
    const wrong = imports.filter(
      ({ layer, target }) => WITHOUT_NODE.includes(layer) && target.startsWith('node:'),
    )
    expect(wrong).toEqual([])
  })

  it('keep SQL in storage', () => {
    const sql = /\b(select|insert into|update|delete from)\s+[\w*.,\s]+\b(from|values|set)\b/i
    const wrong = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts') && layerOf(file) !== 'storage')
      .filter((file) => containsSql(file, sql))
    expect(wrong).toEqual([])
  })
})

/** Looks at string and template literals only, so that prose in comments may say "select". */
const containsSql = (file: string, sql: RegExp): boolean => {
  const code = readFileSync(join(SRC, file), 'utf8').replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '')
  return [...code.matchAll(/`([^`]*)`|'([^'\n]*)'/g)].some(([, a, b]) => {
    const text = a ?? b ?? ''
    return sql.test(text) && /tollgate\./.test(text)
  })
}
