#!/usr/bin/env node
// Reads the parameters of Stripe's requests from the installed SDK's types: names, types, required
// ones, and allowed words. The tests check every request against them. With --check it writes
// nothing, and exits with 1 if the table is out of date. `npm run gen` runs it as well.
import { readFileSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import ts from 'typescript-5'

/** The requests that Tollgate and its tests make, by SDK file and method. */
const METHODS = {
  'Billing/MeterEvents': ['create'],
  'Billing/Meters': ['list', 'listEventSummaries'],
  CreditNotes: ['list', 'retrieve'],
  Customers: ['create', 'list', 'retrieve'],
  Disputes: ['list', 'retrieve'],
  InvoiceItems: ['create', 'list', 'retrieve'],
  InvoicePayments: ['list'],
  Invoices: ['create', 'finalizeInvoice', 'list', 'listLineItems', 'pay', 'retrieve'],
  Charges: ['retrieve'],
  Refunds: ['list', 'retrieve'],
  Subscriptions: ['retrieve'],
  'V2/Core/Events': ['retrieve'],
}

const sdk = join(dirname(createRequire(import.meta.url).resolve('stripe')), '..', 'esm')
const textOf = (path) => readFileSync(join(sdk, path), 'utf8')
const parsed = (path) => ts.createSourceFile(path, textOf(path), ts.ScriptTarget.Latest, true)

/** Interfaces, types and classes by full name; those of a namespace as `Name.Inner`. */
const declarationsOf = (source) => {
  const found = new Map()
  const visit = (node, prefix) => {
    if (ts.isModuleDeclaration(node)) {
      const inner = `${prefix}${node.name.text}.`
      const body = node.body
      if (ts.isModuleBlock(body)) for (const one of body.statements) visit(one, inner)
      else if (body) visit(body, inner)
      return
    }
    if (!node.name) return
    const name = `${prefix}${node.name.text}`
    if (ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node)) found.set(name, node)
    if (ts.isClassDeclaration(node)) found.set(name, node)
  }
  for (const statement of source.statements) visit(statement, '')
  return found
}

const shared = declarationsOf(parsed('shared.d.ts'))

/** The namespace that declares a name: the current one, or an outer one. */
const resolved = (own, scope, name) => {
  for (let at = scope; ; at = at.slice(0, -1)) {
    const full = [...at, name].join('.')
    if (own.has(full)) return { node: own.get(full), declarations: own, scope: full.split('.') }
    if (at.length === 0) break
  }
  if (shared.has(name)) return { node: shared.get(name), declarations: shared, scope: [name] }
  throw new Error(`the SDK has no ${name} in ${scope.join('.') || 'its file'}`)
}

/** Literal words form one list; anything else makes it a union. */
const oneOf = (shapes) => {
  const words = shapes.flatMap((shape) => (shape?.words ? shape.words : []))
  const others = shapes.filter((shape) => shape !== undefined && !shape.words)
  const all = [...(words.length > 0 ? [{ words: words.sort() }] : []), ...others]
  return all.length === 1 ? all[0] : { either: all }
}

const shapeOf = (type, own, scope) => {
  const inner = (node) => shapeOf(node, own, scope)
  switch (type.kind) {
    case ts.SyntaxKind.StringKeyword:
      return 'text'
    case ts.SyntaxKind.NumberKeyword:
      return 'number'
    case ts.SyntaxKind.BooleanKeyword:
      return 'boolean'
    case ts.SyntaxKind.NullKeyword:
    case ts.SyntaxKind.UndefinedKeyword:
      return undefined
  }
  if (ts.isParenthesizedTypeNode(type)) return inner(type.type)
  if (ts.isArrayTypeNode(type)) return { list: inner(type.elementType) }
  if (ts.isUnionTypeNode(type)) return oneOf(type.types.map(inner))
  if (ts.isLiteralTypeNode(type)) {
    return type.literal.kind === ts.SyntaxKind.NullKeyword
      ? undefined
      : { words: [type.literal.text] }
  }
  if (ts.isTypeLiteralNode(type)) return membersOf(type, own, scope)
  if (!ts.isTypeReferenceNode(type)) throw new Error(`what is ${type.getText()}?`)
  const name = type.typeName.getText()
  const [argument] = type.typeArguments ?? []
  if (name === 'OtherString') return undefined
  if (name === 'Decimal') return 'decimal'
  if (name === 'Array') return { list: inner(argument) }
  if (name === 'Emptyable') return oneOf([{ words: [''] }, inner(argument)])
  const found = resolved(own, scope, name)
  return ts.isInterfaceDeclaration(found.node)
    ? membersOf(found.node, found.declarations, found.scope)
    : shapeOf(found.node.type, found.declarations, found.scope)
}

const membersOf = (node, own, scope) => {
  if (node.members.some(ts.isIndexSignatureDeclaration)) return 'map'
  const inherited = (node.heritageClauses ?? []).flatMap(({ types }) =>
    types.map(({ expression }) => {
      const found = resolved(own, scope, expression.getText())
      return membersOf(found.node, found.declarations, found.scope).fields
    }),
  )
  const fields = Object.assign({}, ...inherited)
  for (const member of node.members) {
    const isRequired = member.questionToken === undefined
    delete fields[member.name.text]
    fields[`${member.name.text}${isRequired ? '!' : ''}`] = shapeOf(member.type, own, scope)
  }
  return { fields }
}

/** `POST /v1/invoices/{id}/pay`, as in the SDK's own code. */
const requestOf = (file, method) => {
  const code = textOf(`resources/${file}.js`)
  const body = code.slice(code.search(new RegExp(`^    ${method}\\(`, 'm')))
  const [, verb, path] = /_makeRequest\('(\w+)', [`']([^`']+)[`']/.exec(body)
  return `${verb} ${path.replaceAll(/\$\{[^}]*\}/g, '{id}')}`
}

const parametersOf = (file, method) => {
  const declarations = declarationsOf(parsed(`resources/${file}.d.ts`))
  const resource = [...declarations.values()].find(ts.isClassDeclaration)
  const { parameters } = resource.members.find((member) => member.name?.getText() === method)
  const { type } = parameters.find((parameter) => parameter.name.getText() === 'params')
  return shapeOf(type, declarations, []).fields
}

const lineOf = ([name, shape]) => `    ${JSON.stringify(name)}: ${JSON.stringify(shape)},\n`

const requests = Object.entries(METHODS)
  .flatMap(([file, methods]) =>
    methods.map((method) => [requestOf(file, method), parametersOf(file, method)]),
  )
  .sort(([one], [other]) => (one < other ? -1 : 1))

export const stripeParameters = {
  target: new URL('../test/connectors/stripe/generated/parameters.ts', import.meta.url),
  text: `// Written by scripts/stripe-parameters.mjs from the types of stripe ${
    JSON.parse(readFileSync(join(sdk, '../package.json'), 'utf8')).version
  }: \`npm run gen\`.
import type { Fields } from '../parameter-shapes.ts'

/** The parameters of each Stripe request made here. A name with \`!\` is required. */
export const STRIPE_PARAMETERS: Readonly<Record<string, Fields>> = {
${requests
  .map(([request, fields]) =>
    Object.keys(fields).length === 0
      ? `  '${request}': {},\n`
      : `  '${request}': {\n${Object.entries(fields).map(lineOf).join('')}  },\n`,
  )
  .join('')}}
`,
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const { target, text } = stripeParameters
  const isSame = (await readFile(target, 'utf8').catch(() => '')) === text
  if (!isSame && process.argv.includes('--check')) {
    console.error(`${fileURLToPath(target)} is out of date: run \`npm run gen\`.`)
    process.exit(1)
  }
  if (!isSame) {
    await mkdir(new URL('.', target), { recursive: true })
    await writeFile(target, text)
    console.log(`Wrote ${fileURLToPath(target)}`)
  }
}
