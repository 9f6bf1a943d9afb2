// docs/reference/schema.sql is the result of all migrations and functions, read from a migrated
// database. Migrating takes seconds, so it runs only after a change: the head of the file has a
// hash of its sources, and a hash of its own text.
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { PGlite } from '@electric-sql/pglite'
import {
  COLUMNS,
  CONSTRAINTS,
  FUNCTIONS,
  GRANTS,
  INDEXES,
  POLICIES,
  TABLES,
  TRIGGERS,
  TYPES,
} from './schema-queries.mjs'

const target = new URL('../docs/reference/schema.sql', import.meta.url)

/**
 * Each owner of installations has its own tenant role; the file uses the name in the migrations.
 */
const TENANT_ROLE = /tollgate_tenant_\w+/g

const hashOf = (...texts) =>
  createHash('sha256').update(texts.join('\0')).digest('hex').slice(0, 32)

/** The text of the file; `migrate` is the one of src/storage/migrate.ts. */
export const schemaSql = async ({ migrations, functions, migrate }) => {
  const scripts = ['schema-sql.mjs', 'schema-queries.mjs'].map(
    (name) => new URL(name, import.meta.url),
  )
  const written = await Promise.all(scripts.map((script) => readFile(script, 'utf8')))
  const made = hashOf(...[...migrations, ...functions].flatMap(Object.values), ...written)
  const present = (await readFile(target, 'utf8').catch(() => '')).replaceAll('\r\n', '\n')
  const [head, ...rest] = present.split('\n\n')
  if (head === headOf(made, rest.join('\n\n'))) return { target, text: present }
  const body = await readSchema({ migrations, functions, migrate })
  return { target, text: `${headOf(made, body)}\n\n${body}` }
}

const headOf = (
  made,
  body,
) => `-- The schema of Tollgate, for reading: what the migrations and functions of src/storage come to.
-- Functions are shown by their signatures, and partitions by their tables. \`tollgate migrate\` makes
-- the schema. (Written by \`npm run gen\`; made of ${made}, text ${hashOf(body)}.)`

const readSchema = async ({ migrations, functions, migrate }) => {
  const pg = await PGlite.create()
  try {
    await migrate(databaseOver(pg), { migrations, functions })
    const rowsOf = async (query) => (await pg.query(query)).rows
    const comments = commentsIn([...migrations, ...functions])
    const types = (await rowsOf(TYPES)).map(typeText)
    const tables = await tableTexts(rowsOf, comments)
    const signatures = (await rowsOf(FUNCTIONS)).map((row) => functionText(row, comments))
    const sections = [
      ['Types', types],
      ['Tables', tables],
      ['Functions', signatures],
    ]
    return sections
      .map(([title, texts]) => `-- ## ${title}\n\n${texts.join('\n\n')}\n`)
      .join('\n')
      .replaceAll(TENANT_ROLE, 'tollgate_tenant')
  } finally {
    await pg.close()
  }
}

/**
 * The part of `Database` that migrations need: a text without parameters may contain several
 * statements.
 */
const databaseOver = (pg) => {
  const over = (session) => ({
    query: async (text, values) =>
      values === undefined
        ? ((await session.exec(text)).at(-1)?.rows ?? [])
        : (await session.query(text, values)).rows,
  })
  return { ...over(pg), transaction: (work) => pg.transaction((tx) => work(over(tx))) }
}

/** The comments directly above each table and function, by name and parameter names. */
const commentsIn = (files) => {
  const comments = new Map()
  const made =
    /((?:^--.*\n)*)^create (?:or replace )?(table|function) tollgate\.(\w+)\s*\(([\s\S]*?)\)(?=;|\s*(?:partition|returns|$))/gm
  for (const { text } of files) {
    for (const [, comment, kind, name, inside] of text.matchAll(made)) {
      const names = kind === 'function' ? parameterNames(inside) : ''
      if (comment !== '') comments.set(`${kind} ${name}(${names})`, comment)
    }
  }
  return comments
}

const parameterNames = (inside) =>
  inside
    .replace(/--.*$/gm, '')
    .replace(/\([^()]*\)/g, '')
    .split(',')
    .map((parameter) => parameter.trim().split(/\s+/)[0])
    .join()

/** PostgreSQL prints its keywords in capitals, and nothing else of ours outside quotes. */
const lowered = (text) =>
  text.replace(/'(?:[^']|''')*'|"(?:[^"]|"")*"|\b[A-Z]{2,}\b/g, (part) =>
    /^['"]/.test(part) ? part : part.toLowerCase(),
  )

/** A list, split over several lines if it is longer than one. */
const listText = (text) => {
  if (text.length <= 60) return `(${text})`
  const parts = text.split(/, (?![^(]*\))/)
  return `(\n${parts.map((part) => `  ${part}`).join(',\n')}\n)`
}

const literal = (text) => `'${text.replaceAll("'", "''")}'`

const typeText = ({ name, attributes }) =>
  `create type tollgate.${name} as (\n${attributes.map((one) => `  ${one}`).join(',\n')}\n);`

const functionText = (
  { name, is_aggregate, names, arguments: given, result, traits },
  comments,
) => {
  const comment = comments.get(`function ${name}(${names.join()})`) ?? ''
  const kind = is_aggregate ? 'aggregate' : 'function'
  const answer = result?.replace(/^TABLE\((.*)\)$/, (_, columns) => `table ${listText(columns)}`)
  const text = `create ${kind} tollgate.${name}${listText(given)}\nreturns ${answer} ${traits};`
  return comment + lowered(text)
}

const tableTexts = async (rowsOf, comments) => {
  const parts = {}
  const queries = { COLUMNS, CONSTRAINTS, INDEXES, TRIGGERS, POLICIES, GRANTS }
  for (const [part, query] of Object.entries(queries)) {
    parts[part] = await rowsOf(query)
  }
  return (await rowsOf(TABLES)).map((table) => {
    const of = (part) => parts[part].filter(({ relation }) => relation === table.name)
    return tableText(table, of, comments)
  })
}

const tableText = ({ name, comment, partitioned, secured, forced }, of, comments) => {
  const full = `tollgate.${name}`
  const columns = of('COLUMNS')
  const width = Math.max(...columns.map((column) => column.name.length))
  const lines = [
    ...columns.map((column) => `  ${column.name.padEnd(width)} ${lowered(column.definition)}`),
    ...of('CONSTRAINTS').map(({ definition }) => `  ${lowered(definition)}`),
  ]
  const statements = [
    `create table ${full} (\n${lines.join(',\n')}\n)${partitioned ? ` partition by ${partitioned}` : ''};`,
    comment && `comment on table ${full} is\n  ${literal(comment)};`,
    ...columns
      .filter((column) => column.comment !== null)
      .map(
        (column) => `comment on column ${full}.${column.name} is\n  ${literal(column.comment)};`,
      ),
    ...of('INDEXES').map(({ definition }) => `${lowered(definition)};`),
    ...of('TRIGGERS').map(({ definition }) => `${lowered(definition)};`),
    secured && `alter table ${full} enable row level security;`,
    forced && `alter table ${full} force row level security;`,
    ...of('POLICIES').map((policy) => policyText(full, policy)),
    ...of('GRANTS').map(({ rights, role }) => `grant ${rights} on ${full} to ${role};`),
  ]
  return (comments.get(`table ${name}()`) ?? '') + statements.filter(Boolean).join('\n')
}

const policyText = (table, { name, command, roles, seen, allowed }) =>
  [
    `create policy "${name}" on ${table} for ${command} to ${roles}`,
    seen && `\n  using (${lowered(seen)})`,
    allowed && `\n  with check (${lowered(allowed)})`,
    ';',
  ]
    .filter(Boolean)
    .join('')
