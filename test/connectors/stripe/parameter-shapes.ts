/** What a parameter of Stripe may be, as the table of them says it. */
export type Shape =
  | 'text'
  | 'number'
  | 'decimal'
  | 'boolean'
  /** Names of one's own with texts. */
  | 'map'
  | { readonly words: readonly string[] }
  | { readonly list: Shape }
  | { readonly fields: Fields }
  | { readonly either: readonly Shape[] }

/** By their names; one with `!` at its end is required. */
export type Fields = Readonly<Record<string, Shape>>
