// llms.txt lists the documents for programs: the title of each, and its first sentence. It is
// generated from the documents, in the form of https://llmstxt.org.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))

const SECTIONS = [
  ['Start here', ['README.md', 'docs/glossary.md', 'ARCHITECTURE.md', 'examples/README.md']],
  ['Guides', 'docs/guides'],
  ['Concepts', 'docs/concepts'],
  ['Reference', 'docs/reference'],
  ['Optional', ['docs/reliability.md', 'bench/RESULTS.md', 'CONTRIBUTING.md', 'CHANGELOG.md']],
  ['Decisions', 'docs/decisions'],
]

const pathsOf = (where) =>
  Array.isArray(where)
    ? where
    : readdirSync(join(root, where))
        .filter((name) => name.endsWith('.md'))
        .sort()
        .map((name) => `${where}/${name}`)

/** A link, and the first sentence below the title, without its markup. */
const lineOf = (path) => {
  const text = readFileSync(join(root, path), 'utf8').replaceAll('\r\n', '\n')
  const [, title = path] = /^# (.+)$/m.exec(text) ?? []
  const [, paragraph = ''] = /^# .+\n+(?![#|`>-])(.+)$/m.exec(text) ?? []
  const plain = paragraph.replace(/\[([^\]]+)\]\([^)]*\)/g, '$1').replace(/[*`]/g, '')
  const [, sentence] = /^(?:Meaning\. |Decided\. )?(.+?[.:?])(?:\s|$)/.exec(plain) ?? []
  const said = sentence ? `: ${sentence.replace(/:$/, '.')}` : ''
  return `- [${title}](${path})${said}`
}

const { description } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))

export const llmsText = {
  target: new URL('../llms.txt', import.meta.url),
  text: `# Tollgate

> ${description}

Written by \`npm run gen\` from the titles of the documents. The types of every door stand in \`dist/*.d.ts\`, with examples.

${SECTIONS.map(([name, where]) => `## ${name}\n\n${pathsOf(where).map(lineOf).join('\n')}\n`).join('\n')}`,
}
