import { createHash } from 'node:crypto'

/** One embedded `.sql` file; `name` is its file name without the ending. */
export interface SqlFile {
  readonly name: string
  readonly text: string
}

/** All SQL that makes up a database. */
export interface SqlFiles {
  readonly migrations: readonly SqlFile[]
  readonly functions: readonly SqlFile[]
}

/** Tells whether one file is what it was. */
export const fileHash = (file: SqlFile): string => sha256(file.text)

/** Tells whether any of these files was changed, renamed, added or removed. */
export const filesHash = (files: readonly SqlFile[]): string =>
  sha256(JSON.stringify(files.map(({ name, text }) => [name, text])))

/** Tells whether any SQL at all is different. */
export const sqlHash = ({ migrations, functions }: SqlFiles): string =>
  sha256(filesHash(migrations) + filesHash(functions))

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')
