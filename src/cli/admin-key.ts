import { randomBytes } from 'node:crypto'
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { UNGUESSABLE_CHARACTERS } from '../http/authentication/admin-key.ts'
import { type CliContext, print } from './context.ts'
import type { DatabasePlace } from './database-options.ts'
import { CliFailure } from './failure.ts'

/** The variable for a chosen admin key. */
export const ADMIN_KEY_VARIABLE = 'TOLLGATE_ADMIN_KEY'

/** The administrator's key, and where a person can find it. */
export interface AdminKey {
  readonly key: string
  readonly origin: string
  /** True when the key was generated here. Only such a key may be printed. */
  readonly isMade: boolean
}

/**
 * Returns the key in `TOLLGATE_ADMIN_KEY`, or the one stored beside the embedded database, which is
 * generated if absent. A PostgreSQL may be shared by many hosts, so no key is generated for it: the
 * result is undefined, and a warning says how to get one.
 */
export const adminKeyFor = async (
  place: DatabasePlace,
  context: CliContext,
): Promise<AdminKey | undefined> => {
  const given = context.env[ADMIN_KEY_VARIABLE]
  if (given) {
    if (/^[\x21-\x7e]{1,512}$/.test(given)) {
      if (given.length < UNGUESSABLE_CHARACTERS) warnOfShortKey(context)
      return { key: given, origin: ADMIN_KEY_VARIABLE, isMade: false }
    }
    throw new CliFailure(
      'TOLLGATE_ADMIN_KEY must be 1 to 512 letters, digits and signs, without spaces.',
    )
  }
  if ('folder' in place) return keptKey(place.folder, context)
  print(
    context.stderr,
    'warning: there is no admin key: set TOLLGATE_ADMIN_KEY, or create a key with `tollgate ' +
      'keys create --admin --name <name>`.',
  )
  return undefined
}

const warnOfShortKey = ({ stderr }: CliContext): void =>
  print(
    stderr,
    `warning: TOLLGATE_ADMIN_KEY has fewer than ${UNGUESSABLE_CHARACTERS} characters and can be ` +
      'guessed: choose 32 random ones.',
  )

const keptKey = async (folder: string, context: CliContext): Promise<AdminKey> => {
  const origin = join(folder, 'admin-key')
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const made = `tga_${randomBytes(24).toString('base64url')}`
  try {
    // Fails if the file exists, so the first process to create it decides the key.
    await writeFile(origin, `${made}\n`, { mode: 0o600, flag: 'wx' })
    return { key: made, origin, isMade: true }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
  const key = (await readFile(origin, 'utf8')).trim()
  if (!/^[\x21-\x7e]{1,512}$/.test(key)) {
    throw new CliFailure(`The file ${origin} contains no key: remove it, and a new one is created.`)
  }
  if (((await stat(origin)).mode & 0o077) !== 0) {
    print(
      context.stderr,
      `warning: other users of this machine can read ${origin}: run chmod 600 on it.`,
    )
  }
  return { key, origin, isMade: /^tga_[\w-]{32}$/.test(key) }
}
