import { createHash } from 'node:crypto'
import { type Dirent, readdirSync } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'
import { extname, join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { TollgateError } from '../contract/errors.ts'
import { Cache } from '../engine/cache.ts'

/** Serves the built console: a page and its files. */
export interface ConsoleFiles {
  readonly isBuilt: () => Promise<boolean>
  /**
   * Returns a file below the console, or the page for a place within it.
   *
   * @throws TollgateError `not_found` for a file that does not exist, or when the console is not
   * built.
   */
  readonly answer: (request: Request, path: string) => Promise<Response>
}

/** Allows only its own files and the API: no script, style or font from elsewhere. */
const CONSOLE_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; " +
  "font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; " +
  "frame-ancestors 'none'; require-trusted-types-for 'script'"

const PAGE = 'index.html'
/** Vite puts files with a content hash in their name into this folder. */
const HASHED = 'assets/'
const MEDIA_TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.map': 'application/json',
  '.webmanifest': 'application/manifest+json',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
}
/** Already compressed formats. */
const PACKED = new Set(['.png', '.ico', '.woff2'])
/** The encodings that were prepared at build time, the smaller first. */
const ENCODINGS = [
  ['br', '.br'],
  ['gzip', '.gz'],
] as const

const compressed = promisify(gzip)

/** A build as it was found: its files by path. Nothing else is served. */
interface Build {
  readonly names: ReadonlySet<string>
  /** When its page was written. A different time means a new build. */
  readonly builtAtMs: number
  /** The files as they are, and compressed. */
  readonly bytes: Cache<Uint8Array<ArrayBuffer>, [make: () => Promise<Uint8Array>]>
}

const newBuild = (names: ReadonlySet<string>, builtAtMs: number): Build => ({
  names,
  builtAtMs,
  bytes: new Cache({
    maxEntries: 2 * names.size,
    read: async (_name, make) => Uint8Array.from(await make()),
  }),
})

const besideThis = (): string => fileURLToPath(new URL('../console', import.meta.url))

export const createConsoleFiles = (folder: string = besideThis()): ConsoleFiles => {
  let build: Build | undefined
  const find = async (): Promise<Build | undefined> => {
    const { mtimeMs } = (await stat(join(folder, PAGE)).catch(noFile)) ?? {}
    if (mtimeMs === undefined) build = undefined
    else if (build?.builtAtMs !== mtimeMs) {
      build = newBuild(namesIn(folder), mtimeMs)
    }
    return build
  }
  return {
    isBuilt: async () => (await find()) !== undefined,
    answer: async (request, path) => {
      // Known files need no look at the folder, because each page requests many.
      const named = nameOf(path)
      const found = build?.names.has(named) && named !== PAGE ? build : await find()
      if (!found) throw notBuilt()
      const isFile = found.names.has(named)
      if (!isFile && extname(named) !== '') throw new TollgateError('not_found')
      return answerOf(request, path, isFile ? named : PAGE, { folder, build: found })
    },
  }
}

const noFile = (): undefined => undefined

const notBuilt = (): TollgateError =>
  new TollgateError('not_found', {
    detail: 'The console was not built with this server: run `npm run build` in its folder.',
  })

/** Lists the files of a folder by relative path. Symbolic links are left out. */
const namesIn = (folder: string): ReadonlySet<string> =>
  new Set(
    readdirSync(folder, { withFileTypes: true, recursive: true })
      .filter((entry: Dirent) => entry.isFile())
      .map(({ parentPath, name }) => relative(folder, join(parentPath, name)).replaceAll(sep, '/')),
  )

/** The path of a file. It is only looked up among known files, never opened directly. */
const nameOf = (path: string): string => {
  try {
    return decodeURIComponent(path.replace(/^\//, ''))
  } catch {
    return path
  }
}

const answerOf = async (
  request: Request,
  path: string,
  name: string,
  { folder, build }: { readonly folder: string; readonly build: Build },
): Promise<Response> => {
  const plain = await bytesOf(build, name, () => readFile(join(folder, name)))
  const tag = `W/"${createHash('sha256').update(plain).digest('base64url').slice(0, 22)}"`
  const headers = new Headers({
    'content-security-policy': CONSOLE_POLICY,
    'cache-control': name.startsWith(HASHED) ? 'public, max-age=31536000, immutable' : 'no-cache',
    'content-type': MEDIA_TYPES[extname(name)] ?? 'application/octet-stream',
    etag: tag,
    vary: 'accept-encoding',
  })
  if (request.headers.get('if-none-match')?.includes(tag)) {
    return new Response(null, { status: 304, headers })
  }
  if (name === PAGE) return pageAt(path, plain, acceptable(request), headers)
  const packed = await packedFor(request, name, plain, { folder, build })
  if (packed) headers.set('content-encoding', packed.encoding)
  return new Response(packed?.bytes ?? plain, { headers })
}

const bytesOf = async (
  { bytes }: Build,
  name: string,
  make: () => Promise<Uint8Array>,
): Promise<Uint8Array<ArrayBuffer>> => (await bytes.get(name, make)) as Uint8Array<ArrayBuffer>

const packedFor = async (
  request: Request,
  name: string,
  plain: Uint8Array,
  { folder, build }: { readonly folder: string; readonly build: Build },
): Promise<{ encoding: string; bytes: Uint8Array<ArrayBuffer> } | undefined> => {
  if (PACKED.has(extname(name))) return undefined
  const accepted = acceptable(request)
  for (const [encoding, ending] of ENCODINGS) {
    const packed = name + ending
    if (!accepted.has(encoding) || !build.names.has(packed)) continue
    return { encoding, bytes: await bytesOf(build, packed, () => readFile(join(folder, packed))) }
  }
  if (!accepted.has('gzip')) return undefined
  const bytes = await bytesOf(build, `${name}.gz`, () => compressed(plain, { level: 9 }))
  return { encoding: 'gzip', bytes }
}

/** The encodings that a client accepts. */
const acceptable = (request: Request): ReadonlySet<string> =>
  new Set(
    (request.headers.get('accept-encoding') ?? '')
      .toLowerCase()
      .split(',')
      .filter((one) => !/;\s*q=0(?:\.0*)?\s*$/.test(one))
      .map((one) => one.split(';', 1)[0]?.trim() ?? ''),
  )

/**
 * Returns the page for a given depth. Its policy forbids a base, so `./` is rewritten to the
 * matching relative path. It stays relative, so that it works behind any proxy.
 */
const pageAt = async (
  path: string,
  plain: Uint8Array,
  accepted: ReadonlySet<string>,
  headers: Headers,
): Promise<Response> => {
  const depth = path.split('/').length - 1
  const up = depth === 0 ? 'console/' : '../'.repeat(depth - 1) || './'
  const html = new TextDecoder().decode(plain)
  const placed = html.replaceAll(/(\s(?:src|href)=["'])\.\//g, `$1${up}`)
  if (!accepted.has('gzip')) return new Response(placed, { headers })
  headers.set('content-encoding', 'gzip')
  return new Response(Uint8Array.from(await compressed(placed)), { headers })
}
