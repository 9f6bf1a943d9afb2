// Makes tollgate/react of its sources: one file of code, so that a page brings along nothing but
// React, and two stylesheets. Rules in a layer lose to any rule that is in none, so a host chooses
// which of the two fits its own.
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
    // Whoever renders it on a server begins a part for browsers here.
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
