import { execFileSync } from 'node:child_process'
import { copyFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { createConfig, lintFromString } from '@redocly/openapi-core'
import { build } from 'esbuild'
import { generate, HttpClient } from 'openapi-typescript-codegen'
import { describe, expect, it } from 'vitest'
import { listen } from '../../src/http/listen.ts'
import { openApiDocument } from '../../src/http/openapi.ts'
import { temporaryFolders } from '../setup/temporary-folder.ts'
import { ADMIN_KEY, openDoor } from './door.ts'

const newFolder = temporaryFolders()
const CALLS = join(import.meta.dirname, 'generated-client/calls.ts')

/** Recommendations that the document does not follow. */
const KNOWN = [
  // Routes prefer fixed words, so `runs/{runId}` and `{job}/run` are told apart.
  'no-ambiguous-paths',
  // Health, the reference and the pages before it refuse nobody.
  'operation-4xx-response',
]

describe('the OpenAPI document, for other tools', () => {
  const door = openDoor()

  it('passes a public linter with its recommended rules', async () => {
    const config = await createConfig({ extends: ['recommended'] })
    const problems = await lintFromString({
      source: JSON.stringify(openApiDocument()),
      absoluteRef: '/openapi.json',
      config,
    })
    const others = problems.filter(({ severity, ruleId }) => {
      return severity === 'error' || !KNOWN.includes(ruleId)
    })
    const said = others.map(({ ruleId, message, location: [at] }) => [ruleId, message, at?.pointer])
    expect(said).toEqual([])
  })

  it('gives a client by a public generator that compiles, and makes twelve calls', {
    timeout: 120_000,
  }, async () => {
    const folder = newFolder()
    await generate({
      input: JSON.parse(JSON.stringify(openApiDocument())),
      output: join(folder, 'client'),
      httpClient: HttpClient.FETCH,
      useOptions: true,
      useUnionTypes: true,
    })
    copyFileSync(CALLS, join(folder, 'calls.ts'))
    expect(faultsOf(folder)).toBe('')
    const outfile = join(folder, 'calls.mjs')
    const entryPoints = [join(folder, 'calls.ts')]
    await build({ entryPoints, outfile, bundle: true, format: 'esm', platform: 'node' })
    const { twelveCalls } = await import(pathToFileURL(outfile).href)

    const answered: string[] = []
    const listener = await listen(
      async (request) => {
        const response = await door().handler(request)
        answered.push(`${request.method} ${response.status}`)
        return response
      },
      { host: '127.0.0.1', port: 0 },
    )
    const seen = await twelveCalls(listener.url, ADMIN_KEY)
    await listener.close()
    expect(answered).toHaveLength(12)
    expect(answered.filter((one) => !/ 20[01]$/.test(one))).toEqual(['GET 404'])
    expect(seen).toEqual({
      plan: 'rag-chatbot/pro',
      role: 'member',
      members: ['ada'],
      hasSecret: true,
      checked: true,
      tracked: true,
      settled: [100, 58],
      recorded: { accepted: 1, duplicates: 0, rejected: [] },
      credits: 'number',
      used: 1_000,
      refusal: 404,
    })
  })
})

const TSC = join(
  dirname(createRequire(import.meta.url).resolve('typescript/package.json')),
  'bin/tsc',
)

/** The compiler's output for a strict project in the folder. */
const faultsOf = (folder: string): string => {
  const compilerOptions = {
    strict: true,
    noEmit: true,
    target: 'es2022',
    module: 'esnext',
    moduleResolution: 'bundler',
    lib: ['ES2023', 'DOM'],
    types: [],
  }
  const project = join(folder, 'tsconfig.json')
  writeFileSync(project, JSON.stringify({ compilerOptions, files: ['calls.ts'] }))
  try {
    return execFileSync(process.execPath, [TSC, '-p', project], { encoding: 'utf8' })
  } catch (error) {
    return (error as { stdout: string }).stdout
  }
}
