import { randomBytes } from 'node:crypto'
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { UNGUESSABLE_CHARACTERS } from '../http/authentication/admin-key.ts'
import { type CliContext, print } from './context.ts'
import type { DatabasePlace } from './database-options.ts'
import { CliFailure } from './failure.ts'

/** Where a key is given that somebody chose. */
export const ADMIN_KEY_VARIABLE = 'TOLLGATE_ADMIN_KEY'

/** The administrator's key, and where a person finds it again. */
export interface AdminKey {
  readonly key: string
  readonly origin: string
  /** It was made here, and not chosen by somebody: only such a one may be shown. */
  readonly isMade: boolean
}

/**
 * The key in `TOLLGATE_ADMIN_KEY`, or else the one kept beside the embedded database, made when
 * there is none. A PostgreSQL may be shared by many hosts, so a key is never made up for it: then
 * there is none, and a warning says how to get one.
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
    'warning: there is no admin key: set TOLLGATE_ADMIN_KEY, or make a key with ' +
      '`tollgate keys create --admin --name <name>`.',
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
    // Refused when it is there: whoever made it first decided.
    await writeFile(origin, `${made}\n`, { mode: 0o600, flag: 'wx' })
    return { key: made, origin, isMade: true }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
  const key = (await readFile(origin, 'utf8')).trim()
  if (!/^[\x21-\x7e]{1,512}$/.test(key)) {
    throw new CliFailure(`The file ${origin} holds no key: remove it, and a new one is made.`)
  }
  if (((await stat(origin)).mode & 0o077) !== 0) {
    print(context.stderr, `warning: others on this machine may read ${origin}: chmod 600 it.`)
  }
  return { key, origin, isMade: /^tga_[\w-]{32}$/.test(key) }
}
