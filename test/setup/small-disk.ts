import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, statfsSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A disk of its own, so small that it can be filled. */
export interface SmallDisk {
  readonly folder: string
  /** Leaves so many bytes, and then none to anybody. */
  fill(leavingBytes?: number): void
  /** Gives back what `fill` took. */
  makeRoom(): void
  remove(): void
}

/** Nothing where this process may not mount one; what needs it is then skipped, and says so. */
export const smallDisk = (megabytes: number): SmallDisk | undefined => {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return undefined
  const folder = mkdtempSync(join(tmpdir(), 'tollgate-disk-'))
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', folder], {
      stdio: 'pipe',
    })
  } catch {
    rmSync(folder, { recursive: true })
    return undefined
  }
  const ballast = join(folder, 'ballast')
  return {
    folder,
    fill: (leavingBytes = 0) => {
      const { bavail, bsize } = statfsSync(folder)
      const bytes = bavail * bsize - leavingBytes
      if (bytes > 0) writeFileSync(ballast, Buffer.alloc(bytes), { flag: 'a' })
    },
    makeRoom: () => truncateSync(ballast, 0),
    remove: () => {
      execFileSync('umount', ['-l', folder])
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** Whether no small disk can be made here. It says what is skipped then. */
export const isWithoutSmallDisk = (what: string): boolean => {
  const disk = smallDisk(1)
  disk?.remove()
  if (disk === undefined) {
    console.warn(`SKIPPED: ${what}: it needs Linux, and root to mount a small disk.`)
  }
  return disk === undefined
}
