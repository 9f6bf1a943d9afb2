import { resolve } from 'node:path'
import ts from 'typescript-5'
import { describe, expect, it } from 'vitest'

const DIST = resolve(import.meta.dirname, '../../dist')

/** The package's entry points, by their declaration files. */
const DOORS = {
  tollgate: 'index',
  'tollgate/server': 'server',
  'tollgate/client': 'client/index',
  'tollgate/http': 'decision/index',
  'tollgate/openai': 'openai',
  'tollgate/anthropic': 'anthropic',
  'tollgate/ai': 'ai',
  'tollgate/langchain': 'langchain',
  'tollgate/testing': 'testing/index',
  'tollgate/express': 'frameworks/express',
  'tollgate/fastify': 'frameworks/fastify',
  'tollgate/hono': 'frameworks/hono',
  'tollgate/next': 'frameworks/next/index',
  'tollgate/familiar': 'familiar/index',
  'tollgate/react': 'react/index',
}

/** Entry points that are always used together with another one. */
const BESIDE: Readonly<Record<string, readonly string[]>> = {
  'tollgate/server': [DOORS.tollgate],
  'tollgate/testing': [DOORS.tollgate],
  'tollgate/next': [DOORS.tollgate, DOORS['tollgate/server']],
  'tollgate/familiar': [DOORS.tollgate, DOORS['tollgate/server']],
  // Figures have the names that the client gives them; `UsageDashboard` is a component here.
  'tollgate/react': [DOORS['tollgate/client']],
}

/** Entry points with props made of forms that only their module knows; a page names the props. */
const MADE_OF_PRIVATE_FORMS = ['tollgate/react']

const declarationsOf = (door: string): string => `${DIST}/${door}.d.ts`
const program = ts.createProgram(Object.values(DOORS).map(declarationsOf), {
  strict: true,
  jsx: ts.JsxEmit.ReactJSX,
  target: ts.ScriptTarget.ESNext,
  skipLibCheck: true,
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
})
const checker = program.getTypeChecker()

const meant = (symbol: ts.Symbol): ts.Symbol =>
  symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol

const exportsOf = (door: string): ReadonlySet<ts.Symbol> => {
  const file = program.getSourceFile(declarationsOf(door))
  const symbol = file && checker.getSymbolAtLocation(file)
  if (!symbol) throw new Error(`${door} is not built`)
  return new Set(checker.getExportsOfModule(symbol).map(meant))
}

const isOurs = (node: ts.Node): boolean => node.getSourceFile().fileName.startsWith(DIST)

/** Our types in a declaration, except its own parameters. */
function* named(node: ts.Node): Generator<ts.Symbol> {
  // No user writes the schema type behind a type.
  if (ts.isTypeQueryNode(node)) return
  const reference = ts.isTypeReferenceNode(node)
    ? node.typeName
    : ts.isExpressionWithTypeArguments(node)
      ? node.expression
      : undefined
  const found = reference && checker.getSymbolAtLocation(reference)
  const symbol = found && meant(found)
  const declaration = symbol?.declarations?.[0]
  if (symbol && declaration && isOurs(declaration) && !ts.isTypeParameterDeclaration(declaration)) {
    yield symbol
  }
  const parts: ts.Node[] = []
  ts.forEachChild(node, (part) => void parts.push(part))
  for (const part of parts) yield* named(part)
}

const namedIn = (symbol: ts.Symbol): readonly ts.Symbol[] =>
  (symbol.declarations ?? []).filter(isOurs).flatMap((declaration) => [...named(declaration)])

const isPrivate = (symbol: ts.Symbol): boolean =>
  (symbol.declarations ?? []).every(
    (one) => !(ts.getCombinedModifierFlags(one) & ts.ModifierFlags.Export),
  )

/** Our types in a symbol's declarations, also in the private ones that it is made of. */
function* namedBy(symbol: ts.Symbol, seen = new Set([symbol])): Generator<ts.Symbol> {
  for (const declaration of (symbol.declarations ?? []).filter(isOurs)) {
    for (const type of named(declaration)) {
      if (seen.has(type)) continue
      seen.add(type)
      if (isPrivate(type)) yield* namedBy(type, seen)
      else yield type
    }
  }
}

describe('the types that an entry point names', () => {
  it.each(Object.entries(DOORS))('are all exported by %s', (name, door) => {
    const own = exportsOf(door)
    // Code in process can also use the root entry point; a browser has only its own.
    const exported = new Set(
      [own, ...(BESIDE[name] ?? []).map(exportsOf)].flatMap((all) => [...all]),
    )
    const missing = [...own].flatMap((symbol) =>
      [...(MADE_OF_PRIVATE_FORMS.includes(name) ? namedBy(symbol) : namedIn(symbol))]
        .filter((type) => !exported.has(type))
        .map((type) => `${type.name}, which ${symbol.name} names`),
    )
    expect([...new Set(missing)]).toEqual([])
  })
})
