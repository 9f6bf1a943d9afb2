import { execFileSync } from 'node:child_process'
import { readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { temporaryFolders } from '../setup/temporary-folder.ts'
import { makeUserProject } from './user-project.ts'

const ROOT = resolve(import.meta.dirname, '../..')
const guide = readFileSync(join(ROOT, 'docs/guides/react.md'), 'utf8')
const snippets = [...guide.matchAll(/```(tsx?)\n([\s\S]*?)```/g)].map(
  ([, language = '', text = ''], index) => ({
    name: `react-${index + 1}.${language === 'tsx' ? 'tsx' : 'ts'}`,
    text,
  }),
)
const styles = ['root', 'blocks', 'dashboard', 'indicator', 'history', 'billing']
  .map((name) => readFileSync(join(ROOT, `src/react/styles/${name}.css`), 'utf8'))
  .concat(readFileSync(join(ROOT, 'src/react/charts/charts.css'), 'utf8'))
  .join('\n')

const newFolder = temporaryFolders()

describe('the React guide', () => {
  it("has snippets that compile in a user's project", { timeout: 120_000 }, () => {
    const folder = newFolder()
    const args = makeUserProject(folder, ['react'], [])
    symlinkSync(join(ROOT, 'node_modules/csstype'), join(folder, 'node_modules/csstype'))
    for (const { name, text } of snippets) writeFileSync(join(folder, name), text)
    const path = join(folder, 'tsconfig.json')
    const { compilerOptions } = JSON.parse(readFileSync(path, 'utf8'))
    const more = { jsx: 'react-jsx', module: 'esnext', moduleResolution: 'bundler', noEmit: true }
    const include = snippets.map(({ name }) => name).concat('css.d.ts')
    writeFileSync(join(folder, 'css.d.ts'), `declare module '*.css' {}\n`)
    writeFileSync(
      path,
      JSON.stringify({ compilerOptions: { ...compilerOptions, ...more }, include }),
    )
    expect(snippets.length).toBeGreaterThanOrEqual(6)
    let said = ''
    try {
      execFileSync(process.execPath, args, { cwd: folder, encoding: 'utf8', stdio: 'pipe' })
    } catch (error) {
      said = (error as { stdout: string }).stdout
    }
    expect(said).toBe('')
  })

  it('names exactly the variables that the stylesheets read', () => {
    const read = new Set([...styles.matchAll(/var\(\s*(--tg-[\w-]+)/g)].map(([, name]) => name))
    const named = new Set([...guide.matchAll(/`(--tg-[\w-]+)`/g)].map(([, name]) => name))
    for (let hue = 1; hue <= 8; hue += 1) named.add(`--tg-series-${hue}`)
    expect([...read].filter((name) => !named.has(name)).sort()).toEqual([])
    expect([...named].filter((name) => !read.has(name)).sort()).toEqual([])
  })

  it('names the parts of every component as rendered', () => {
    const sources = execFileSync('git', ['grep', '-ho', "classOf('[a-z]*')", '--', 'src/react'], {
      cwd: ROOT,
      encoding: 'utf8',
    })
    const drawn = new Set([...sources.matchAll(/'([a-z]+)'/g)].map(([, name]) => name))
    const table = guide.slice(guide.indexOf('| part | pieces |'), guide.indexOf('`data-state`'))
    const rows = table.split('\n').slice(2)
    const told = rows.flatMap((row) => [...row.matchAll(/`([a-z]+)`/g)].map(([, name]) => name))
    expect([...drawn].filter((name) => !told.includes(name)).sort()).toEqual([])
    // On the dashboard, `limit` is a class of its rows.
    expect(told.filter((name) => name !== 'limit' && !drawn.has(name))).toEqual([])
  })
})
