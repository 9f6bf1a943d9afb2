import { html } from 'hono/html'

type Markup = ReturnType<typeof html>

/** Text in which `backticks` are code; all of it is escaped. */
export const codeSpans = (text: string): readonly unknown[] =>
  text.split('`').map((part, index) => (index % 2 === 1 ? html`<code>${part}</code>` : part))

/** The name of a field or parameter, and whether it has to be given. */
export const fieldName = (name: string, required: boolean): Markup =>
  html`<code>${name}</code>${required ? html` <em>required</em>` : ''}`

/** Paragraphs, told apart by empty lines. */
export const paragraphs = (text: string): readonly Markup[] =>
  text.split('\n\n').map((part) => html`<p>${codeSpans(part)}</p>\n`)
