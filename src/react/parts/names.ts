/** Your class names for the parts of a component, by part name. */
export type Parts = Readonly<Record<string, string | undefined>>

export type ClassOf = (part: string) => string

/** Joins `tg-dashboard__tile` and the host's class name. */
export const classesOf =
  (block: string, parts: Parts | undefined): ClassOf =>
  (part) =>
    joined(`tg-${block}__${part}`, parts?.[part])

export const joined = (...names: readonly (string | undefined | false)[]): string =>
  names.filter(Boolean).join(' ')

/** Props of every component. */
export interface Common {
  readonly className?: string | undefined
  readonly parts?: Parts | undefined
}
