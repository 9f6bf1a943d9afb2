import {
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { type EngineFiles, SyncedFiles } from '../../src/storage/pglite/synced-files.ts'

/** The operations on a folder's files, in order. A file keeps its number when renamed. */
type Step =
  | { readonly kind: 'write'; readonly file: number; readonly at: number; readonly bytes: Buffer }
  | { readonly kind: 'resize'; readonly file: number; readonly length: number }
  | { readonly kind: 'sync'; readonly file: number | undefined }
  | { readonly kind: 'name'; readonly path: string; readonly file: number | 'folder' }
  | { readonly kind: 'unname'; readonly path: string }

interface Node {
  readonly parent: Node
}
interface Stream {
  readonly nfd: number
  readonly node: Node
  readonly flags: number
}
type Op = (...args: never[]) => unknown
interface TracedEngine extends EngineFiles {
  readonly NODEFS: EngineFiles['NODEFS'] & {
    readonly realPath: (node: Node) => string
    readonly node_ops: Record<'mknod' | 'rename' | 'unlink' | 'rmdir' | 'setattr', Op>
    readonly stream_ops: Record<'open' | 'write' | 'setattr', Op>
  }
}

const O_TRUNC = 512

/** An embedded database's files, with all operations on them. */
export class TracedFiles extends SyncedFiles {
  readonly steps: Step[] = []
  readonly #root: string
  readonly #numbers = new Map<string, number>()

  constructor(folder: string) {
    super(folder)
    this.#root = folder
    for (const path of filesIn(folder)) this.#numberOf(path)
  }

  /** The numbers of existing files, by path. */
  readonly first = new Map<string, number>()

  #numberOf(path: string): number {
    const known = this.#numbers.get(path)
    if (known !== undefined) return known
    const number = this.first.size + this.#made
    this.first.set(path, number)
    this.#numbers.set(path, number)
    return number
  }
  #made = 0

  protected override prepare(engine: EngineFiles): void {
    super.prepare(engine)
    const { NODEFS } = engine as TracedEngine
    const { node_ops, stream_ops } = NODEFS
    const pathOf = (node: Node): string => relative(this.#root, NODEFS.realPath(node))
    const after = <Ops extends Record<string, Op>>(
      ops: Ops,
      name: keyof Ops & string,
      note: (args: never[], result: unknown) => void,
    ): void => {
      const original = ops[name] as Op
      ops[name] = ((...args: never[]) => {
        const result = original(...args)
        note(args, result)
        return result
      }) as Ops[typeof name]
    }
    after(stream_ops as never, 'write', (args, written) => {
      const [stream, buffer, offset, , at] = args as unknown as [
        Stream,
        Uint8Array,
        number,
        number,
        number,
      ]
      const bytes = Buffer.from(buffer.subarray(offset, offset + (written as number)))
      this.steps.push({ kind: 'write', file: this.#numberOf(pathOf(stream.node)), at, bytes })
    })
    after(stream_ops as never, 'open', (args) => {
      const [{ node, flags }] = args as unknown as [Stream]
      const path = pathOf(node)
      if (!isFile(join(this.#root, path))) return
      if (flags & O_TRUNC)
        this.steps.push({ kind: 'resize', file: this.#numberOf(path), length: 0 })
    })
    const resized = (node: Node, attributes: { size?: number }): void => {
      if (attributes.size === undefined) return
      this.steps.push({
        kind: 'resize',
        file: this.#numberOf(pathOf(node)),
        length: attributes.size,
      })
    }
    after(stream_ops as never, 'setattr', (args) => {
      const [{ node }, attributes] = args as unknown as [Stream, { size?: number }]
      resized(node, attributes)
    })
    after(node_ops, 'setattr', (args) => resized(...(args as unknown as [Node, { size?: number }])))
    after(stream_ops as never, 'fsync', (args) => {
      const path = pathOf((args as unknown as [Stream])[0].node)
      const isOfFile = isFile(join(this.#root, path))
      this.steps.push({ kind: 'sync', file: isOfFile ? this.#numberOf(path) : undefined })
    })
    after(node_ops, 'mknod', (_args, node) => {
      const path = pathOf(node as Node)
      if (!isFile(join(this.#root, path))) {
        this.steps.push({ kind: 'name', path, file: 'folder' })
        return
      }
      const number = this.first.size + this.#made
      this.#made += 1
      this.#numbers.set(path, number)
      this.steps.push({ kind: 'name', path, file: number })
    })
    for (const name of ['unlink', 'rmdir'] as const) {
      after(node_ops, name, (args) => {
        const [parent, child] = args as unknown as [Node, string]
        const path = join(pathOf(parent), child)
        this.#numbers.delete(path)
        this.steps.push({ kind: 'unname', path })
      })
    }
    const rename = node_ops.rename
    node_ops.rename = ((node: Node, folder: Node, name: string) => {
      const from = pathOf(node)
      const file = this.#numberOf(from)
      const result = (rename as (...args: unknown[]) => unknown)(node, folder, name)
      const path = join(pathOf(folder), name)
      this.#numbers.delete(from)
      this.#numbers.set(path, file)
      this.steps.push({ kind: 'unname', path: from }, { kind: 'name', path, file })
      return result
    }) as Op
  }
}

const PAGE = 4_096

/**
 * A folder as a power cut after this many operations may leave it. Synced data is present. Each
 * page written since is present or missing, independently. Names are as of the last sync of
 * anything or of some later moment, as with a file system that logs names.
 */
export const cutPower = (
  {
    before,
    after,
    traced,
    random,
  }: {
    readonly before: string
    readonly after: string
    readonly traced: Pick<TracedFiles, 'steps' | 'first'>
    readonly random: () => number
  },
  steps: number,
): void => {
  const done = traced.steps.slice(0, steps)
  const lastSync = done.findLastIndex(({ kind }) => kind === 'sync')
  const named = lastSync + 1 + Math.floor(random() * (done.length - lastSync))
  const names = new Map<string, number>(
    [...traced.first].filter(([path]) => isFile(join(before, path))),
  )
  const contents = new Map<
    number,
    { path: string | undefined; changes: (Step & { file: number })[]; synced: number }
  >()
  for (const [path, file] of names) contents.set(file, { path, changes: [], synced: 0 })
  cpSync(before, after, { recursive: true })
  for (const [index, step] of done.entries()) {
    if (step.kind === 'name' || step.kind === 'unname') {
      if (index < named) applyName(after, names, step)
      if (step.kind === 'name' && step.file !== 'folder' && !contents.has(step.file)) {
        contents.set(step.file, { path: undefined, changes: [], synced: 0 })
      }
    } else if (step.kind === 'sync') {
      const content = step.file === undefined ? undefined : contents.get(step.file)
      if (content) content.synced = content.changes.length
    } else contents.get(step.file)?.changes.push(step)
  }
  for (const path of filesIn(after)) if (!names.has(path)) rmSync(join(after, path))
  for (const [path, file] of names) {
    const content = contents.get(file)
    if (!content || (content.path === path && content.changes.length === 0)) continue
    const bytes = contentAfter(content.path && join(before, content.path), content, random)
    mkdirSync(dirname(join(after, path)), { recursive: true })
    writeFileSync(join(after, path), bytes)
  }
}

const applyName = (
  after: string,
  names: Map<string, number>,
  step: Extract<Step, { kind: 'name' | 'unname' }>,
): void => {
  if (step.kind === 'unname') {
    if (!names.delete(step.path)) rmSync(join(after, step.path), { recursive: true, force: true })
  } else if (step.file === 'folder') mkdirSync(join(after, step.path), { recursive: true })
  else names.set(step.path, step.file)
}

const contentAfter = (
  before: string | undefined,
  { changes, synced }: { changes: readonly Step[]; synced: number },
  random: () => number,
): Buffer => {
  let bytes = before === undefined ? Buffer.alloc(0) : readFileSync(before)
  const write = (at: number, piece: Buffer): void => {
    if (bytes.length < at + piece.length) {
      bytes = Buffer.concat([bytes, Buffer.alloc(at + piece.length - bytes.length)])
    }
    piece.copy(bytes, at)
  }
  for (const [index, change] of changes.entries()) {
    const isSure = index < synced
    if (change.kind === 'resize') {
      if (!isSure && random() < 0.5) continue
      bytes = Buffer.concat([bytes.subarray(0, change.length)], change.length)
    } else if (change.kind === 'write') {
      for (let from = 0; from < change.bytes.length; ) {
        const to = Math.min(change.bytes.length, from + PAGE - ((change.at + from) % PAGE))
        if (isSure || random() < 0.5) write(change.at + from, change.bytes.subarray(from, to))
        from = to
      }
    }
  }
  return bytes
}

const isFile = (path: string): boolean =>
  statSync(path, { throwIfNoEntry: false })?.isFile() === true

const filesIn = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
