import type { Rule } from '../authority.ts'

/** The names of the keys and the channel of one deployment. */
export interface KeyNames {
  /**
   * The name of a counter. What stands between the first braces decides on the slot, so all
   * counters of an organization are in one, and one script can reach them.
   */
  counter(organizationId: string, kind: Rule['kind'], key: string): string
  readonly recalls: string
}

/** Adds a prefix, so that several deployments can share a server. */
export const keyNames = (prefix: string): KeyNames => {
  const safePrefix = escaped(prefix).replaceAll(':', '%3a')
  return {
    counter: (organizationId, kind, key) =>
      `{${safePrefix}:${escaped(organizationId)}}:${kind}:${escaped(key)}`,
    recalls: `${safePrefix}:recalls`,
  }
}

/**
 * Escapes braces, which would end the slot part early. Also escapes lone surrogates: Redis would
 * get the same replacement character for each, and different names would collide.
 */
const escaped = (text: string): string =>
  text.replace(/[%{}]|\p{Surrogate}/gu, (character) => `%${character.charCodeAt(0).toString(16)}`)
