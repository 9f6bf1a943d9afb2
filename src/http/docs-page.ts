import { html, raw } from 'hono/html'
import { isRight, isScope, ROLES, roleHas } from '../core/rights.ts'
import { codeSpans, fieldName, paragraphs } from './docs-markup.ts'
import { bodySection, schemaSection, typeOf } from './docs-schemas.ts'
import { docsStyle } from './docs-style.ts'
import { type HtmlPage, styledPage } from './html-reply.ts'
import type { JsonSchema } from './json-schemas.ts'
import type { OpenApiDocument } from './openapi.ts'

type Markup = ReturnType<typeof html>

/** The parts of an operation that the page shows, from `openApiDocument`. */
interface Operation {
  readonly operationId: string
  readonly method: string
  readonly path: string
  readonly summary: string
  readonly description: string
  readonly tags: readonly string[]
  readonly security: readonly unknown[]
  readonly access: string
  readonly right?: string
  readonly parameters?: readonly Parameter[]
  readonly requestBody?: { readonly content: Content }
  readonly responses: Readonly<Record<string, { description: string; content?: Content }>>
}

interface Parameter {
  readonly name: string
  readonly in: string
  readonly required: boolean
  readonly description?: string
  readonly schema: JsonSchema
}

type Content = Readonly<Record<string, { schema: JsonSchema; example?: unknown }>>

/** Renders the page from the document alone. All texts are escaped. */
export const docsPage = async (document: OpenApiDocument): Promise<HtmlPage> => {
  const operations = operationsOf(document)
  const schemas = (document.components?.schemas ?? {}) as Record<string, JsonSchema>
  const tags = (document.tags ?? []).map(({ name }) => name)
  const page = await html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${document.info.title} reference</title>
<style>${raw(docsStyle)}</style>
</head>
<body>
<a class="skip" href="#main">Skip to the operations</a>
<nav aria-label="Operations">
<p class="brand">${document.info.title}<span>HTTP reference</span></p>
${tags.map((tag) => tagLinks(tag, operations))}
<h2><a href="#schemas">Schemas</a></h2>
</nav>
<main id="main">
<header>
<h1>${document.info.title}</h1>
${paragraphs(document.info.description ?? '')}
<p><a href="docs/start">First steps</a> by the command line. The same as OpenAPI 3.1:
<a href="openapi.json">openapi.json</a>. In the examples
<code>$TOLLGATE_URL</code> is where Tollgate listens, and <code>$TOLLGATE_KEY</code> an API key.</p>
</header>
${tags.map((tag) => tagSection(tag, operations))}
<section id="schemas">
<h2>Schemas</h2>
${Object.entries(schemas).map(([name, schema]) => schemaSection(name, schema))}
</section>
</main>
</body>
</html>
`
  return styledPage(String(page), docsStyle)
}

const operationsOf = (document: OpenApiDocument): Operation[] =>
  Object.entries(document.paths ?? {}).flatMap(([path, methods]) =>
    Object.entries(methods).map(
      ([method, operation]) =>
        ({
          ...operation,
          method,
          path,
          access: operation['x-access'],
          right: operation['x-right'],
        }) as Operation,
    ),
  )

const tagged = (tag: string, operations: readonly Operation[]): readonly Operation[] =>
  operations.filter(({ tags }) => tags.includes(tag))

const tagLinks = (tag: string, operations: readonly Operation[]): Markup => html`<h2>${tag}</h2>
<ul>
${tagged(tag, operations).map(
  ({ operationId, method, summary }) =>
    html`<li><a href="#${operationId}">${badge(method)}<span>${summary}</span></a></li>
`,
)}</ul>
`

const badge = (method: string): Markup =>
  html`<b class="method ${method}">${method.toUpperCase()}</b>`

const tagSection = (tag: string, operations: readonly Operation[]): Markup => html`<section>
<h2>${tag}</h2>
${tagged(tag, operations).map(operationArticle)}
</section>
`

const operationArticle = (
  operation: Operation,
): Markup => html`<article id="${operation.operationId}">
<h3>${operation.summary} ${anchorOf(operation.operationId)}</h3>
<p class="path">${badge(operation.method)} <code>${operation.path}</code></p>
${paragraphs(operation.description)}
${operation.parameters?.length ? parameterTable(operation.parameters) : ''}
${operation.requestBody ? bodySection(operation.requestBody.content) : ''}
<h4>Answers</h4>
<div class="table"><table class="answers">
${Object.entries(operation.responses).map(answerRow)}
</table></div>
<h4>Example</h4>
<pre>${curlOf(operation)}</pre>
</article>
`

const anchorOf = (id: string): Markup =>
  html`<a class="anchor" href="#${id}"><code>${id}</code></a>`

const parameterTable = (parameters: readonly Parameter[]): Markup => html`<h4>Parameters</h4>
<div class="table"><table>
${parameters.map(
  (parameter) => html`<tr>
<th scope="row">${fieldName(parameter.name, parameter.required)}</th>
<td><span class="type">${typeOf(parameter.schema)}</span>, in the ${parameter.in}${
    parameter.description ? html`: ${codeSpans(parameter.description)}` : ''
  }</td>
</tr>
`,
)}</table></div>
`

/** Shows the content of a success. Every other answer is a problem, as the introduction says. */
const answerRow = ([status, { description, content = {} }]: [
  string,
  Operation['responses'][string],
]): Markup => html`<tr>
<th scope="row"><span class="status s${status.slice(0, 1)}">${status}</span></th>
<td>${codeSpans(description)}${Object.entries(content)
  .filter(([mediaType]) => mediaType !== 'application/problem+json')
  .map(
    ([mediaType, { schema }]) =>
      html` <span class="type">${typeOf(schema)}</span> <small>${mediaType}</small>`,
  )}</td>
</tr>
`

/** A curl command with shell variables for the caller's own values. */
const curlOf = ({ method, path, parameters = [], requestBody, security, ...who }: Operation) => {
  const place = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => variable(name))
  const query = parameters
    .filter((parameter) => parameter.in === 'query' && parameter.required)
    .map(({ name }) => `${name}=${variable(name)}`)
  const url = `"$TOLLGATE_URL${place}${query.length > 0 ? `?${query.join('&')}` : ''}"`
  const key = credentialFor(who)
  const [mediaType, body] = Object.entries(requestBody?.content ?? {})[0] ?? []
  const verb = method === 'get' ? 'curl' : `curl -X ${method.toUpperCase()}`
  return [
    `${verb} ${url}`,
    ...(security.length > 0 ? [`-H "Authorization: Bearer ${key}"`] : []),
    ...(mediaType ? [`-H 'Content-Type: ${mediaType}'`] : []),
    ...(body ? [`-d '${JSON.stringify(body.example, null, 2).replaceAll("'", "'\\''")}'`] : []),
  ].join(' \\\n  ')
}

/**
 * The least credential that suffices: a key if keys can have the right, otherwise a user or
 * administrator.
 */
const credentialFor = ({ access, right }: Pick<Operation, 'access' | 'right'>): string => {
  if (access === 'admin' || access === 'cron') return '$TOLLGATE_ADMIN_KEY'
  if (right === undefined || !isRight(right)) return '$TOLLGATE_USER_TOKEN'
  if (isScope(right)) return '$TOLLGATE_KEY'
  return ROLES.some((role) => roleHas(role, right))
    ? '$TOLLGATE_USER_TOKEN'
    : '$TOLLGATE_SERVICE_KEY'
}

const variable = (name: string): string =>
  `$${name.replaceAll(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`
