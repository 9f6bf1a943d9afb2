import { readdirSync, readFileSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'

const SRC = resolve(import.meta.dirname, '../../src')

/**
 * The allowed imports of each layer, as drawn in ARCHITECTURE.md §2. A layer may always import
 * itself.
 */
const MAY_IMPORT: Record<string, readonly string[]> = {
  core: [],
  contract: ['core'],
  operations: ['core', 'contract'],
  decision: ['core', 'contract'],
  facade: ['contract', 'decision'],
  guard: ['contract', 'decision', 'facade'],
  storage: ['core', 'contract'],
  // An adapter to the owner of counters, although its folder is in the engine.
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
    ...['index', 'server', 'storage', 'workflows'],
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

const layerOf = (path: string): string =>
  path.startsWith('engine/counters/authority/')
    ? 'authority'
    : (path.split('/')[0] ?? '').replace(/\.ts$/, '')

const imports: Import[] = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
  .filter((file) => /\.tsx?$/.test(file))
  .flatMap((file) =>
    [...readFileSync(join(SRC, file), 'utf8').matchAll(/(?:from|import\()\s*'([^']+)'/g)].map(
      ([, target = '']) => ({ file, layer: layerOf(file), target }),
    ),
  )

/**
 * The folders of the engine: each may use the ones before it. The engine's own top-level files come
 * last, and the few in `SHARED` come first.
 */
const ROOMS = [
  ...['generated', 'events', 'telemetry', 'group-commit', 'audit', 'tenancy', 'audit-log'],
  ...['catalog', 'counters', 'ledger', 'journal', 'gate', 'authentication', 'credits', 'budgets'],
  ...['subscriptions', 'rating', 'billing', 'stripe', 'plans', 'reports', 'analytics', 'webhooks'],
  ...['alerts', 'channels', 'workflows', 'jobs', 'system', 'demo'],
]
const SHARED = ['access', 'cache', 'clock', 'look-while-wanted', 'paged-export', 'reading-context']
/** A workflow step calls the library inside its transaction, which is the whole engine. */
const CALLS_THE_LIBRARY = 'engine/workflows/library-inside.ts'

/** Only value imports: an erased type import causes no cycle. */
const byValue = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
  .filter((file) => /\.tsx?$/.test(file))
  .flatMap((file) =>
    [
      ...readFileSync(join(SRC, file), 'utf8').matchAll(
        /^(?:import|export)\s+(?!type\b)([^'";]*?)from\s*'(\.[^']+)'/gm,
      ),
    ]
      .filter(([, names = '']) => !isOnlyTypes(names))
      .map(([, , target = '']) => ({ file, to: relative(SRC, resolve(SRC, file, '..', target)) })),
  )

function isOnlyTypes(names: string): boolean {
  const inner = /^\{([^}]*)\}\s*$/s.exec(names.trim())?.[1]
  if (inner === undefined) return false
  const all = inner.split(',').map((name) => name.trim())
  return all.every((name) => name === '' || name.startsWith('type '))
}

describe('the layers', () => {
  it('are all in the table', () => {
    const layers = new Set(readdirSync(SRC).map((name) => layerOf(name)))
    expect([...layers].filter((layer) => !(layer in MAY_IMPORT))).toEqual([])
  })

  it('import only what the table allows', () => {
    const wrong = imports
      .filter(({ target }) => target.startsWith('.'))
      .map(({ file, layer, target }) => {
        const to = layerOf(relative(SRC, resolve(SRC, file, '..', target)))
        return { file, layer, to }
      })
      .filter(({ layer, to }) => layer !== to && !MAY_IMPORT[layer]?.includes(to))
    expect(wrong).toEqual([])
  })

  it('have engine folders that use only the ones before them', () => {
    const placeOf = (file: string): number => {
      if (layerOf(file) === 'authority') return -1
      const [, room = '', inner] = file.split('/')
      if (inner !== undefined) return ROOMS.indexOf(room)
      return SHARED.includes(room.replace(/\.ts$/, '')) ? -1 : ROOMS.length
    }
    const inside = byValue.filter(
      ({ file, to }) => file.startsWith('engine/') && to.startsWith('engine/'),
    )
    const rooms = new Set(inside.flatMap(({ file, to }) => [file, to]).map(roomOf))
    expect([...rooms].filter((room) => room !== '' && !ROOMS.includes(room))).toEqual([])
    const wrong = inside.filter(
      ({ file, to }) =>
        file !== CALLS_THE_LIBRARY && placeOf(to) > placeOf(file) && placeOf(file) >= 0,
    )
    expect(wrong).toEqual([])
  })

  it('have no import cycles', () => {
    const targets = new Map<string, string[]>()
    for (const { file, to } of byValue) targets.set(file, [...(targets.get(file) ?? []), to])
    const done = new Set<string>()
    const circleFrom = (file: string, way: readonly string[]): readonly string[] | undefined => {
      if (way.includes(file)) return [...way.slice(way.indexOf(file)), file]
      if (done.has(file)) return undefined
      for (const to of targets.get(file) ?? []) {
        const circle = circleFrom(to, [...way, file])
        if (circle) return circle
      }
      done.add(file)
      return undefined
    }
    const circles = [...targets.keys()].flatMap((file) => circleFrom(file, []) ?? [])
    expect(circles).toEqual([])
  })

  it('keep browser code free of Node', () => {
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

const roomOf = (file: string): string => {
  const [, room = '', inner] = file.split('/')
  return inner === undefined ? '' : room
}

/** Checks only string and template literals, so comments may say "select". */
const containsSql = (file: string, sql: RegExp): boolean => {
  const code = readFileSync(join(SRC, file), 'utf8').replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '')
  return [...code.matchAll(/`([^`]*)`|'([^'\n]*)'/g)].some(([, a, b]) => {
    const text = a ?? b ?? ''
    return sql.test(text) && /tollgate\./.test(text)
  })
}
