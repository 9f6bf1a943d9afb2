import { html } from 'hono/html'

type Markup = ReturnType<typeof html>

/** Escapes a text and marks `backticks` as code. */
export const codeSpans = (text: string): readonly unknown[] =>
  text.split('`').map((part, index) => (index % 2 === 1 ? html`<code>${part}</code>` : part))

/** The name of a field or parameter, marked if it is required. */
export const fieldName = (name: string, required: boolean): Markup =>
  html`<code>${name}</code>${required ? html` <em>required</em>` : ''}`

/** Splits a text at empty lines into paragraphs. */
export const paragraphs = (text: string): readonly Markup[] =>
  text.split('\n\n').map((part) => html`<p>${codeSpans(part)}</p>\n`)
