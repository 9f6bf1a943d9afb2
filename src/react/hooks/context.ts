import { createContext, useContext } from 'react'
import type { Store } from '../client/store.ts'
import { type Words, type WordsOptions, wordsOf } from '../words/words.ts'

/** Created when a component first needs a text, so a page with only hooks creates none. */
interface LazyWords {
  readonly options: WordsOptions
  made?: Words
}

interface TollgateContext {
  /** Undefined without a provider: then data come from props. */
  readonly store: Store | undefined
  readonly organizationId: string | undefined
  readonly timezone: string | undefined
  readonly words: LazyWords
}

/** The default without a provider, in English. */
const Context = /* @__PURE__ */ createContext<TollgateContext>({
  store: undefined,
  organizationId: undefined,
  timezone: undefined,
  words: { options: {} },
})

export const ContextProvider = Context.Provider

export const useWords = (): Words => {
  const { words } = useContext(Context)
  words.made ??= wordsOf(words.options)
  return words.made
}

/** The store and the organization: from the argument, or else from the provider. */
export const useSource = (organizationId: string | undefined) => {
  const given = useContext(Context)
  const id = organizationId ?? given.organizationId
  if (!given.store) throw new Error('There is no TollgateProvider around this')
  if (id === undefined) {
    throw new Error('organizationId: is required')
  }
  return { store: given.store, organizationId: id, timezone: given.timezone }
}
