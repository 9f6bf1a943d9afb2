// Builds tollgate/react: one code file, so that a page needs nothing besides React, and two
// stylesheets. Any unlayered rule beats rules in a layer, so a host chooses the stylesheet that
// suits its own rules.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'

export const buildReact = async (source, folder) => {
  await build({
    entryPoints: [join(source, 'index.ts')],
    outfile: join(folder, 'index.js'),
    bundle: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    jsx: 'automatic',
    external: ['react', 'react/jsx-runtime'],
    sourcemap: true,
    logLevel: 'warning',
    // When it is rendered on a server, this directive starts a client component.
    banner: { js: "'use client'" },
  })
  const { outputFiles } = await build({
    entryPoints: [join(source, 'styles', 'index.css')],
    bundle: true,
    minify: true,
    write: false,
    logLevel: 'warning',
  })
  const text = outputFiles[0].text.trim()
  writeFileSync(join(folder, 'styles.css'), `${text}\n`)
  writeFileSync(join(folder, 'styles.layer.css'), `@layer tollgate{${text}}\n`)
}
