/** Of what people are told in one message. */
export interface Groupable {
  readonly organizationId: string
  /** What is told for the same reason has the same. */
  readonly cause: string | null
}

/**
 * Puts together what is of one organization, or has one cause, directly or by others between them;
 * in the order in which each group begins.
 */
export const groupsOf = <Item extends Groupable>(items: readonly Item[]): Item[][] => {
  const groups: Item[][] = []
  for (const item of items) {
    const [first, ...others] = groups.filter((group) => group.some((one) => isWith(one, item)))
    if (!first) {
      groups.push([item])
      continue
    }
    // It is what joins them.
    for (const other of others) {
      first.push(...other)
      groups.splice(groups.indexOf(other), 1)
    }
    first.push(item)
  }
  return groups
}

const isWith = (one: Groupable, other: Groupable): boolean =>
  one.organizationId === other.organizationId || (one.cause !== null && one.cause === other.cause)
