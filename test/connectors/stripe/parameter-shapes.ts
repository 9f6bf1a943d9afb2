/** The shape of a Stripe parameter, as in the table. */
export type Shape =
  | 'text'
  | 'number'
  | 'decimal'
  | 'boolean'
  /** Free names with text values. */
  | 'map'
  | { readonly words: readonly string[] }
  | { readonly list: Shape }
  | { readonly fields: Fields }
  | { readonly either: readonly Shape[] }

/** Fields by name; a trailing `!` marks a required one. */
export type Fields = Readonly<Record<string, Shape>>
