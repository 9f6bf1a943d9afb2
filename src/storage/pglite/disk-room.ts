import { statfsSync } from 'node:fs'
import type { ErrorFields } from '../database-error.ts'
import { codeOfSystem } from '../store-trouble.ts'

/**
 * The size of one file of PostgreSQL's log. With less room on the disk, it cannot begin the next
 * file.
 */
const LOG_FILE_BYTES = 16 * 1_048_576

/**
 * Why the database in a folder ended or did not open, as far as the disk shows. PostgreSQL reports
 * the cause on its way down, but the WebAssembly around it does not pass it on.
 */
export const explainedByDisk = (folder: string, fields: ErrorFields): ErrorFields => {
  const code = codeOfSystem(fields.message) ?? (isFull(folder) ? '53100' : fields.code)
  if (code !== '53100') return { ...fields, code }
  return { ...fields, code, message: `No room is left on the disk of ${folder}. ${fields.message}` }
}

const isFull = (folder: string): boolean => {
  try {
    const { bavail, bsize } = statfsSync(folder)
    return bavail * bsize < LOG_FILE_BYTES
  } catch {
    return false
  }
}
