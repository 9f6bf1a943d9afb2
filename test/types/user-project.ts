import { execFileSync } from 'node:child_process'
import { copyFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Makes a folder a user's project of these consumers, with its packages in place already. */
export const writeProject = (
  folder: string,
  files: readonly string[],
  options: Readonly<Record<string, unknown>>,
): void => {
  for (const file of files) {
    copyFileSync(join(import.meta.dirname, 'consumers', file), join(folder, file))
  }
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
  const compilerOptions = {
    strict: true,
    skipLibCheck: false,
    noEmit: true,
    target: 'es2022',
    ...options,
  }
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files }))
}

/** The compiler's output about a project; empty if it found nothing. */
export const faultsOf = (compiler: string, folder: string): string => {
  try {
    return execFileSync(process.execPath, [compiler, '-p', folder], { encoding: 'utf8' })
  } catch (error) {
    return (error as { stdout: string }).stdout
  }
}
