import { createHash } from 'node:crypto'
import { type Dirent, readdirSync } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'
import { extname, join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { TollgateError } from '../contract/errors.ts'
import { Cache } from '../engine/cache.ts'

/** Serves the console, which is a page and its files, as they were built. */
export interface ConsoleFiles {
  readonly isBuilt: () => Promise<boolean>
  /**
   * What stands at a path below the console: a file, or the page for what is a place in it.
   *
   * @throws TollgateError `not_found` for a file that there is not, or where nothing was built.
   */
  readonly answer: (request: Request, path: string) => Promise<Response>
}

/** Nothing but its own files and the interface: no script, style or font of anybody else. */
const CONSOLE_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; " +
  "font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; " +
  "frame-ancestors 'none'; require-trusted-types-for 'script'"

const PAGE = 'index.html'
/** Vite puts into this folder what has a hash of its content in its name. */
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
/** These are small already. */
const PACKED = new Set(['.png', '.ico', '.woff2'])
/** What was packed while it was built, the smaller first. */
const ENCODINGS = [
  ['br', '.br'],
  ['gzip', '.gz'],
] as const

const compressed = promisify(gzip)

/** A build, as it was found: its files by their paths, and nothing that is not among them. */
interface Build {
  readonly names: ReadonlySet<string>
  /** When its page was written, by which another build is told. */
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
      // A file of the build that is known needs no look at the folder; each page asks for many.
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

/** The files of a folder by their paths in it. What is reached by a link is none of them. */
const namesIn = (folder: string): ReadonlySet<string> =>
  new Set(
    readdirSync(folder, { withFileTypes: true, recursive: true })
      .filter((entry: Dirent) => entry.isFile())
      .map(({ parentPath, name }) => relative(folder, join(parentPath, name)).replaceAll(sep, '/')),
  )

/** The path of a file: it is only looked up among those that there are, never opened as it is. */
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

/** The encodings that a client names, but for those that it names to refuse them. */
const acceptable = (request: Request): ReadonlySet<string> =>
  new Set(
    (request.headers.get('accept-encoding') ?? '')
      .toLowerCase()
      .split(',')
      .filter((one) => !/;\s*q=0(?:\.0*)?\s*$/.test(one))
      .map((one) => one.split(';', 1)[0]?.trim() ?? ''),
  )

/**
 * The page as it stands so deep: its policy lets it have no base, so `./` is written out for the
 * place that it is asked for at. Relative still, so that it holds behind whatever proxy.
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
