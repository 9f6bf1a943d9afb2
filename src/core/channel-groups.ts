/** Something that a channel may report together with others. */
export interface Groupable {
  readonly organizationId: string
  /** Items with the same cause belong to one message. */
  readonly cause: string | null
}

/**
 * Groups items that share an organization or a cause, directly or through other items. Groups are
 * in the order of their first item.
 */
export const groupsOf = <Item extends Groupable>(items: readonly Item[]): Item[][] => {
  const groups: Item[][] = []
  for (const item of items) {
    const [first, ...others] = groups.filter((group) => group.some((one) => isWith(one, item)))
    if (!first) {
      groups.push([item])
      continue
    }
    // This item connects the groups, so they become one.
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
