/** Credentials that were good here before, by their digests. */
interface LetThrough {
  readonly has: (digest: Uint8Array) => boolean
  readonly add: (digest: Uint8Array) => void
}

const MAX_ENTRIES = 10_000

/** Only what is good gets in, so nobody can push others out who has not as many good keys. */
export const createLetThrough = (): LetThrough => {
  const digests = new Set<string>()
  return {
    has: (digest) => digests.has(nameOf(digest)),
    add: (digest) => {
      const name = nameOf(digest)
      if (digests.has(name)) return
      if (digests.size >= MAX_ENTRIES) digests.delete(digests.keys().next().value as string)
      digests.add(name)
    },
  }
}

const nameOf = (digest: Uint8Array): string => Buffer.from(digest).toString('base64')
