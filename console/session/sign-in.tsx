import { useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useEffect, useState } from 'react'
import { TollgateError } from '../../src/client/index.ts'
import { useApi } from '../api/use-api.ts'
import { Button } from '../ui/button.tsx'
import { Field } from '../ui/field.tsx'
import { Mark } from '../ui/mark.tsx'
import css from './sign-in.module.css'

/**
 * The sign-in form: one field for a key, with help on where to find it and the reason of a refusal.
 */
export const SignIn = ({ wasCodeRefused }: { readonly wasCodeRefused: boolean }) => {
  const api = useApi()
  const queries = useQueryClient()
  const [credential, setCredential] = useState('')
  const [fault, setFault] = useState<string | null>(null)
  const [isBusy, setIsBusy] = useState(false)
  useEffect(() => {
    document.title = 'Sign in · Tollgate'
  }, [])
  const signIn = async (event: FormEvent) => {
    event.preventDefault()
    setIsBusy(true)
    try {
      const session = await api.signIn(credential.trim())
      queries.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== 'session' })
      queries.setQueryData(['session'], session)
    } catch (error) {
      setFault(reasonOf(error))
      setIsBusy(false)
    }
  }
  return (
    <main className={css.page}>
      <form className={css.form} onSubmit={signIn}>
        <div className={css.brand}>
          <Mark />
          Tollgate
        </div>
        <h1>Sign in to the console</h1>
        {wasCodeRefused && fault === null && (
          <p className={css.note}>
            The sign-in code in that address was used before, or is older than five minutes. Sign in
            with the key, or start the server again for a new code.
          </p>
        )}
        <Field
          label="Admin key, or a token of your sign-in"
          fault={fault ?? undefined}
          note={
            <>
              The server prints the key when it starts, and stores it in <code>admin-key</code> in
              its data folder.
            </>
          }
        >
          {(control) => (
            <input
              {...control}
              type="password"
              autoComplete="current-password"
              spellCheck={false}
              value={credential}
              onChange={(event) => setCredential(event.target.value)}
              required
              // biome-ignore lint/a11y/noAutofocus: the page has only this field
              autoFocus
            />
          )}
        </Field>
        <Button kind="primary" type="submit" isBusy={isBusy}>
          Sign in
        </Button>
      </form>
    </main>
  )
}

const reasonOf = (error: unknown): string => {
  if (!(error instanceof TollgateError)) return 'The server cannot be reached. Is it running?'
  if (error.code === 'too_many_attempts') {
    return `Too many wrong keys came from here. Try again in ${error.retryAfterSeconds ?? 60} seconds.`
  }
  if (error.code === 'unauthenticated') return 'This key or token is not valid.'
  return error.message
}
