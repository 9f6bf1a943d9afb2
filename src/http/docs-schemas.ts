import { html } from 'hono/html'
import { codeSpans, fieldName } from './docs-markup.ts'
import type { JsonSchema } from './json-schemas.ts'

type Markup = ReturnType<typeof html>

/** Renders the body of an operation: its formats, each with schema and example. */
export const bodySection = (
  content: Readonly<Record<string, { schema: JsonSchema; example?: unknown }>>,
): Markup => html`<h4>Body</h4>
<ul class="formats">
${Object.entries(content).map(
  ([mediaType, { schema }]) =>
    html`<li><code>${mediaType}</code> <span class="type">${typeOf(schema)}</span></li>
`,
)}</ul>
`

/** Renders a named schema with its fields. A link to its anchor opens it. */
export const schemaSection = (name: string, schema: JsonSchema): Markup => html`<details>
<summary><code>${name}</code></summary>
<div id="schema-${name}">${properties(schema) ? fieldTable(schema) : typeOf(schema)}</div>
</details>
`

const properties = (schema: JsonSchema): Record<string, JsonSchema> | undefined =>
  schema.properties as Record<string, JsonSchema> | undefined

const fieldTable = (schema: JsonSchema): Markup => {
  const required = new Set((schema.required ?? []) as readonly string[])
  const rows = Object.entries(properties(schema) ?? {}).map(
    ([name, field]) => html`<tr>
<th scope="row">${fieldName(name, required.has(name))}</th>
<td><span class="type">${typeOf(field)}</span>${bounds(field)}${
      typeof field.description === 'string' ? html`<br>${codeSpans(field.description)}` : ''
    }${nested(field)}</td>
</tr>
`,
  )
  return html`<div class="table"><table>
${rows}</table></div>`
}

/** Renders the fields of an unnamed schema below it. */
const nested = (field: JsonSchema): Markup | '' => {
  const inner = [field, field.items as JsonSchema | undefined].find((one) => one && properties(one))
  return inner ? fieldTable(inner) : ''
}

/** Describes a type in a few words, with links to named schemas. */
export const typeOf = (schema: JsonSchema): Markup => {
  if (typeof schema.$ref === 'string') {
    const name = schema.$ref.slice(schema.$ref.lastIndexOf('/') + 1)
    return html`<a href="#schema-${name}">${name}</a>`
  }
  const options = (schema.anyOf ?? schema.oneOf) as readonly JsonSchema[] | undefined
  if (options)
    return html`${options.map((option, index) => [index > 0 ? ' or ' : '', typeOf(option)])}`
  if (schema.const !== undefined) return html`${JSON.stringify(schema.const)}`
  if (Array.isArray(schema.enum))
    return html`${schema.enum.map((one) => JSON.stringify(one)).join(', ')}`
  if (schema.type === 'array') return html`list of ${typeOf((schema.items ?? {}) as JsonSchema)}`
  const values = schema.additionalProperties
  if (typeof values === 'object' && values !== null) {
    return html`object of ${typeOf(values as JsonSchema)}`
  }
  if (typeof schema.format === 'string') return html`${schema.format}`
  const { type = 'any' } = schema
  return html`${Array.isArray(type) ? type.join(' or ') : String(type)}`
}

const BOUNDS: readonly [key: string, words: string][] = [
  ['minimum', 'from'],
  ['maximum', 'to'],
  ['maxLength', 'at most'],
  ['maxItems', 'up to'],
  ['default', 'default'],
]

/** The bounds of a number. Those of all safe integers are left out. */
const bounds = (schema: JsonSchema): Markup | '' => {
  const inner = ((schema.anyOf as readonly JsonSchema[] | undefined) ?? [schema])[0] ?? schema
  const words = BOUNDS.flatMap(([key, word]) => {
    const bound = inner[key]
    if (bound === undefined || Math.abs(Number(bound)) === Number.MAX_SAFE_INTEGER) return []
    const unit = key.endsWith('Length') ? ' characters' : key === 'maxItems' ? ' items' : ''
    const text = typeof bound === 'number' ? bound.toLocaleString('en-US') : JSON.stringify(bound)
    return [`${word} ${text}${unit}`]
  })
  return words.length > 0 ? html` <small>${words.join(', ')}</small>` : ''
}
