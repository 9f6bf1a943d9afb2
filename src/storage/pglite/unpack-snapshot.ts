import { UnpackSync } from 'tar'

/**
 * Writes a dumped data folder into an empty one. Throws where the dump is not whole; what was
 * written by then stays, and the folder is to be begun anew.
 */
export const unpackSnapshot = (snapshot: Uint8Array, folder: string): void => {
  const unpack = new UnpackSync({
    cwd: folder,
    onwarn: (code, message) => {
      // Its names begin with a slash, and are taken to be of the folder.
      if (code !== 'TAR_ENTRY_INFO') throw new Error(`the snapshot is broken: ${message}`)
    },
  })
  unpack.end(Buffer.from(snapshot))
}
