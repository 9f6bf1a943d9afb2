import { createHash } from 'node:crypto'

/** One embedded `.sql` file. `name` is its file name without the ending. */
export interface SqlFile {
  readonly name: string
  readonly text: string
}

/** All SQL that a database is made from. */
export interface SqlFiles {
  readonly migrations: readonly SqlFile[]
  readonly functions: readonly SqlFile[]
}

/** The hash changes when the file's text changes. */
export const fileHash = (file: SqlFile): string => sha256(file.text)

/** The hash changes when any of these files is changed, renamed, added or removed. */
export const filesHash = (files: readonly SqlFile[]): string =>
  sha256(JSON.stringify(files.map(({ name, text }) => [name, text])))

/** The hash changes when any SQL changes. */
export const sqlHash = ({ migrations, functions }: SqlFiles): string =>
  sha256(filesHash(migrations) + filesHash(functions))

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')
