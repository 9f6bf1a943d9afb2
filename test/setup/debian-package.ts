import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'

/** Why something is missing, and whether this machine could have installed it. */
export interface Missing {
  readonly missing: string
  readonly installable: boolean
}

/**
 * Installs a package on Debian as root. Returns the reason if that is impossible or fails;
 * `notFound` is the reason on other machines.
 */
export const installPackage = (
  name: string,
  notFound: string,
  environment: NodeJS.ProcessEnv = {},
): Missing | undefined => {
  const installable = existsSync('/etc/debian_version') && process.getuid?.() === 0
  if (!installable) return { missing: notFound, installable }
  console.log(
    `${notFound} Installing Debian's for the tests: ` +
      `apt-get update && apt-get install -y ${name}`,
  )
  for (const args of [['update'], ['install', '-y', '--no-install-recommends', name]]) {
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', ...environment }
    const { status } = spawnSync('/usr/bin/apt-get', ['-qq', ...args], { stdio: 'inherit', env })
    if (status !== 0) return { missing: `\`apt-get ${args.join(' ')}\` failed.`, installable }
  }
  return undefined
}
