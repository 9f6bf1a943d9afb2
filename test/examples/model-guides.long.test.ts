import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { messageAnswer, messageStream } from '../models/anthropic-wire.ts'
import { type FakeProvider, startFakeProvider } from '../models/fake-provider.ts'
import { chatAnswer, chatStream, responsesAnswer, responsesStream } from '../models/openai-wire.ts'
import { NODE_ARGUMENTS } from '../setup/node-arguments.ts'
import { temporaryFolders } from '../setup/temporary-folder.ts'
import { makeUserProject, snippetsOf } from './user-project.ts'

const GUIDES = ['openai', 'anthropic', 'ai-sdk', 'langchain', 'agent-budgets']
/** Packages that the snippets use besides Tollgate. */
const LIBRARIES = ['@ai-sdk', '@anthropic-ai', '@langchain', 'ai', 'openai', 'zod']

const snippets = GUIDES.flatMap((guide) => snippetsOf(`docs/guides/${guide}.md`)).map(
  (snippet) => ({
    ...snippet,
    /** The stated output of each line. */
    prints: [...snippet.text.matchAll(/console\.log\(.*\) \/\/ (.+)$/gm)].map(([, said]) => said),
  }),
)

const newFolder = temporaryFolders()
let provider: FakeProvider
let folder: string
let compile: readonly string[]
beforeAll(async () => {
  provider = await startFakeProvider()
  const hello = ['Hello', ' there', '!']
  provider.answer(({ stream, input, ...body }) => {
    if (input !== undefined) return (stream ? responsesStream(hello) : responsesAnswer('Hello!'))()
    if ('system' in body || String(body.model).startsWith('claude')) {
      return (stream ? messageStream(hello) : messageAnswer('Hello!'))()
    }
    return stream ? chatStream(hello)(body) : chatAnswer('Hello!')()
  })
  folder = newFolder()
  compile = makeUserProject(folder, LIBRARIES, snippets)
})
afterAll(() => provider?.close())

/** Runs a script with fake keys against the provider on this machine. */
const run = (args: readonly string[]): Promise<string> =>
  new Promise((done) => {
    const env = {
      ...process.env,
      OPENAI_API_KEY: 'sk-test',
      OPENAI_BASE_URL: `${provider.url}/v1`,
      ANTHROPIC_API_KEY: 'sk-test',
      ANTHROPIC_BASE_URL: provider.url,
    }
    execFile(
      process.execPath,
      [...NODE_ARGUMENTS, ...args],
      { cwd: folder, env },
      (error, stdout, stderr) => done(error ? `failed: ${stdout}${stderr}` : stdout),
    )
  })

describe('the model guides', () => {
  it('begin with a complete snippet and its output', () => {
    expect(snippets.map(({ name }) => name)).toEqual(
      expect.arrayContaining(GUIDES.map((guide) => `${guide}-1`)),
    )
    for (const { prints } of snippets) expect(prints.length).toBeGreaterThan(0)
  })

  it('have snippets that compile, with the stated output', { timeout: 180_000 }, async () => {
    expect(await run(compile)).toBe('')
    const all = snippets.map(
      ({ name }) => `console.log('## ${name}')\nawait import('./out/${name}.mjs')`,
    )
    writeFileSync(join(folder, 'all.mjs'), `${all.join('\n')}\n`)
    const printed = await run(['all.mjs'])
    const expected = snippets.flatMap(({ name, prints }) => [`## ${name}`, ...prints])
    expect(printed.trim().split('\n')).toEqual(expected)
  })
})
