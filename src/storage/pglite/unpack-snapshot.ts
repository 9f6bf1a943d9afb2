import { UnpackSync } from 'tar'

/**
 * Writes a dumped data folder into an empty one. Throws if the dump is not whole. The files written
 * by then stay, and the caller must start the folder again.
 */
export const unpackSnapshot = (snapshot: Uint8Array, folder: string): void => {
  const unpack = new UnpackSync({
    cwd: folder,
    onwarn: (code, message) => {
      // Names in the dump begin with a slash, and are taken as relative to the folder.
      if (code !== 'TAR_ENTRY_INFO') throw new Error(`the snapshot is broken: ${message}`)
    },
  })
  unpack.end(Buffer.from(snapshot))
}
