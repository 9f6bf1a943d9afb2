import { constants } from 'node:fs'
import { open, readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'

/** A folder as a place for Unix sockets. */
export interface SocketFolder {
  /** The lock sockets in it. */
  names(): Promise<string[]>
  /** A path for a socket in it, short enough to be bound. */
  path(name: string): string
  close(): Promise<void>
}

// A socket address holds 108 bytes on Linux and 104 on macOS, including the final zero.
const longestPathBytes = 100
const longestName = 'lock-0123456789abcdef01.sock'

/**
 * Linux can name an open folder in a few bytes, however long its path is. Elsewhere, a path that is
 * too long for a socket is refused.
 */
export const openSocketFolder = async (folder: string): Promise<SocketFolder> => {
  const isShort = Buffer.byteLength(join(folder, longestName)) <= longestPathBytes
  if (!isShort && process.platform !== 'linux') {
    throw new Error(
      `The path of the folder ${folder} is too long to be locked: its sockets may have at most ` +
        `${longestPathBytes} bytes. Use a shorter path.`,
    )
  }
  const handle = isShort ? undefined : await open(folder, constants.O_DIRECTORY)
  const base = handle ? `/proc/self/fd/${handle.fd}` : folder
  const path = (name: string): string => join(base, name)

  return {
    path,
    names: async () => {
      const names = await readdir(folder)
      await removeAbandoned(names.filter((name) => /^new-.*\.sock$/.test(name)).map(path))
      return names.filter((name) => /^lock-.*\.sock$/.test(name))
    },
    close: async () => {
      await handle?.close()
    },
  }
}

/**
 * A socket has this name for less than a millisecond, unless its process died just then. If we
 * remove one that is in use after all, only its owner's rename fails, which refuses that owner.
 */
const removeAbandoned = async (paths: readonly string[]): Promise<void> => {
  for (const path of paths) {
    const file = await stat(path).catch(() => undefined)
    if (file && Date.now() - file.mtimeMs > 60_000) await rm(path, { force: true })
  }
}
