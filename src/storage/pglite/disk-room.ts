import { statfsSync } from 'node:fs'
import type { ErrorFields } from '../database-error.ts'
import { codeOfSystem } from '../store-trouble.ts'

/** A file of PostgreSQL's log: with less room than that the next one cannot be begun. */
const LOG_FILE_BYTES = 16 * 1_048_576

/**
 * Why the database in a folder ended or did not open, as far as the folder's disk tells. PostgreSQL
 * says so on its way down, and the WebAssembly around it keeps that to itself.
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
