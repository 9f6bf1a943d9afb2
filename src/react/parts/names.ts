/** Class names of yours for the parts of a component, by the names of the parts. */
export type Parts = Readonly<Record<string, string | undefined>>

export type ClassOf = (part: string) => string

/** `tg-dashboard__tile`, and the host's own beside it. */
export const classesOf =
  (block: string, parts: Parts | undefined): ClassOf =>
  (part) =>
    joined(`tg-${block}__${part}`, parts?.[part])

export const joined = (...names: readonly (string | undefined | false)[]): string =>
  names.filter(Boolean).join(' ')

/** What every component takes. */
export interface Common {
  readonly className?: string | undefined
  readonly parts?: Parts | undefined
}
