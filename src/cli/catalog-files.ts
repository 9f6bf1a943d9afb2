import { readFile } from 'node:fs/promises'
import type { CatalogInput } from '../contract/catalog.ts'
import type { CatalogSource } from '../engine/options.ts'
import { CliFailure, describeFailure } from './failure.ts'

/** A name with a dot or slash is a path. Catalog names have neither. */
const FILE_PATTERN = /[./\\]/

/** Loads built-in catalogs by name, and documents from files. Files with faults are refused. */
export const catalogSources = async (
  namesOrFiles: readonly string[],
): Promise<readonly CatalogSource[]> => {
  const files = namesOrFiles.filter((nameOrFile) => FILE_PATTERN.test(nameOrFile))
  const faults = await catalogFileFaults(files)
  const [first, ...more] = [...faults.values()].flat()
  if (first !== undefined) throw new CliFailure(first, ...more)
  return Promise.all(
    namesOrFiles.map(async (nameOrFile) =>
      files.includes(nameOrFile)
        ? { document: (await readJsonFile(nameOrFile)) as CatalogInput, origin: nameOrFile }
        : nameOrFile,
    ),
  )
}

/** Lists all faults of each file, one sentence each. */
export const catalogFileFaults = async (
  files: readonly string[],
): Promise<ReadonlyMap<string, readonly string[]>> => {
  const { validateCatalog } = await import('../contract/catalog.ts')
  const faultsOf = async (file: string): Promise<readonly string[]> => {
    const checked = validateCatalog(await readJsonFile(file))
    if (checked.ok) return []
    return checked.faults.map(({ field, message }) => `${file}: ${field || 'catalog'}: ${message}`)
  }
  return new Map(
    await Promise.all(
      files.map(async (file) => [file, await faultsOf(file).catch(describeFailure)] as const),
    ),
  )
}

/** Parses the JSON in a file. A syntax error is reported with its line. */
export const readJsonFile = async (path: string): Promise<unknown> => {
  const text = await readTextFile(path)
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ''))
  } catch (error) {
    // The message may quote part of the text, including line ends.
    const reason = (error instanceof Error ? error.message : String(error)).replaceAll(/\s+/g, ' ')
    const offset = /at position (\d+)/.exec(reason)?.[1]
    const line = offset === undefined ? '' : `:${text.slice(0, Number(offset)).split('\n').length}`
    throw new CliFailure(`${path}${line}: is not JSON: ${reason}`)
  }
}

const readTextFile = async (path: string): Promise<string> => {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    throw unreadable(path, error)
  }
}

/** Explains why a file cannot be read. */
export const unreadable = (path: string, error: unknown): CliFailure => {
  const { code } = error as NodeJS.ErrnoException
  if (code === 'ENOENT') return new CliFailure(`There is no file ${path}.`)
  if (code === 'EISDIR') return new CliFailure(`${path} is a folder, not a file.`)
  if (code === 'EACCES') return new CliFailure(`The file ${path} may not be read by this user.`)
  const reason = error instanceof Error ? error.message : String(error)
  return new CliFailure(`The file ${path} cannot be read: ${reason}`)
}
