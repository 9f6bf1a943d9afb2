// The page with all parts of tollgate/react in all states. The browser tests use it, and `npm run
// parts` serves it for viewing.
import { createServer } from 'node:http'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const root = fileURLToPath(new URL('..', import.meta.url))
const page = `${root}/test/react/parts-page`

const HTML = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Parts of tollgate/react</title>
<link rel="stylesheet" href="/page.css">
<link rel="stylesheet" href="/styles.css">
</head>
<body><div id="root"></div><script type="module" src="/page.js"></script></body>
</html>
`

const bundled = async (entry) => {
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    write: false,
    format: 'esm',
    jsx: 'automatic',
    platform: 'browser',
    target: 'es2022',
    outdir: '/out',
    logLevel: 'warning',
    define: { 'process.env.NODE_ENV': '"development"' },
  })
  return outputFiles[0].text
}

/** The page's files by path. */
export const buildParts = async () => ({
  '/': HTML,
  '/page.css': await bundled(`${page}/page.css`),
  '/styles.css': await bundled(`${root}/src/react/styles/index.css`),
  '/page.js': await bundled(`${page}/browser.tsx`),
  '/live.js': await bundled(`${page}/live.tsx`),
})

export const typeOf = (path) =>
  path.endsWith('.css') ? 'text/css' : path.endsWith('.js') ? 'text/javascript' : 'text/html'

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const files = await buildParts()
  const server = createServer(({ url }, response) => {
    const { pathname } = new URL(url, 'http://parts')
    const text = files[pathname]
    response.writeHead(text === undefined ? 404 : 200, {
      'content-type': `${typeOf(pathname)}; charset=utf-8`,
      'content-security-policy': "default-src 'none'; script-src 'self'; style-src 'self'",
    })
    response.end(text)
  })
  server.listen(Number(process.env.PORT ?? 4100), '127.0.0.1', () => {
    console.log(`Parts: http://127.0.0.1:${server.address().port}/`)
  })
}
