'use client'

import { useRouter } from 'next/navigation'
import { useCallback, useEffect, useState } from 'react'
import { complexityOf } from '@/workspace/complexity'
import { PEOPLE } from '@/workspace/seed'
import { type Answer, type Limit, limitsOf, type SignedIn, send, signIn } from './calls'
import { format, Standing } from './standing'

const TASKS = [
  { name: 'Analyze pain points', path: 'structuring/analyze-pain-points' },
  { name: 'Generate a solution', path: 'structuring/generate-solution' },
  { name: 'Draw a plan', path: 'visuals/generate-planning' },
  { name: 'Structure a solution', path: 'solutioning/structure-solution' },
] as const

const SAMPLE =
  'Support answers the same questions every day. Nobody knows who owns the onboarding guide. ' +
  'Exports take an hour and fail at the end. New customers wait a week for their first report.'

interface Line {
  readonly id: number
  readonly who: string
  readonly what: string
  readonly answer: Answer
}

/** `userId`: the user who is signed in already, if any. */
export function Workbench({ userId }: { readonly userId: string | undefined }) {
  const router = useRouter()
  const [person, setPerson] = useState<SignedIn>()
  const [limits, setLimits] = useState<readonly Limit[]>([])
  const [text, setText] = useState(SAMPLE)
  const [extras, setExtras] = useState({ echo: false, traceback: false })
  const [lines, setLines] = useState<readonly Line[]>([])
  const [isBusy, setBusy] = useState(false)

  const become = useCallback(async (someone: string) => {
    const signedIn = await signIn(someone)
    setPerson(signedIn)
    setLimits(await limitsOf(signedIn))
  }, [])
  useEffect(() => {
    const first = userId ?? PEOPLE[0].userId
    // The server renders the frame for the signed-in user.
    void become(first).then(() => userId === undefined && router.refresh())
  }, [become, router, userId])

  const ask = async (what: string, asking: (as: SignedIn) => Promise<Answer>) => {
    if (!person) return
    setBusy(true)
    const answer = await asking(person)
    setLines((before) => [{ id: before.length, who: person.name, what, answer }, ...before])
    setLimits(await limitsOf(person))
    setBusy(false)
  }
  const run = (name: string, path: string) =>
    ask(name, ({ token, organizationId }) =>
      send('POST', `/api/organizations/${organizationId}/${path}`, {
        token,
        body: { text, ...extras },
      }),
    )
  const lookElsewhere = () =>
    ask("Use another's organization", ({ token, organizationId }) => {
      const other = PEOPLE.find((one) => one.organizationId !== organizationId)
      const path = `/api/organizations/${other?.organizationId}/${TASKS[0].path}`
      return send('POST', path, { token, body: { text } })
    })
  const tighten = () =>
    ask('Warn from 90 %', ({ token, organizationId }) =>
      send('PATCH', `/billing/api/organizations/${organizationId}/usage/management`, {
        token,
        body: { warnPercent: 90 },
      }),
    )

  return (
    <div className="columns">
      <section className="card">
        <div className="people">
          {PEOPLE.map(({ userId, name, organizationId, role }) => (
            <button
              key={userId}
              type="button"
              aria-pressed={person?.userId === userId}
              onClick={() => void become(userId).then(() => router.refresh())}
            >
              {name}
              <small>
                {role} of {organizationId}
              </small>
            </button>
          ))}
        </div>
        <label htmlFor="text">What is it about?</label>
        <textarea
          id="text"
          rows={6}
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
        <div className="row">
          <span className="quiet">complexity {complexityOf(text)}, by its length</span>
          <span>
            {(['echo', 'traceback'] as const).map((extra) => (
              <label key={extra} className="check">
                <input
                  type="checkbox"
                  checked={extras[extra]}
                  onChange={({ target }) => setExtras({ ...extras, [extra]: target.checked })}
                />
                {extra}
              </label>
            ))}
          </span>
        </div>
        <div className="tasks">
          {TASKS.map(({ name, path }) => (
            <button
              key={path}
              type="button"
              className="primary"
              disabled={isBusy}
              onClick={() => run(name, path)}
            >
              {name}
            </button>
          ))}
        </div>
        <div className="tasks">
          <button type="button" disabled={isBusy} onClick={lookElsewhere}>
            Use another's organization
          </button>
          <button type="button" disabled={isBusy} onClick={tighten}>
            Warn from 90 % (owners, admins)
          </button>
        </div>
      </section>
      <div>
        <Standing limits={limits} />
        <section className="card" aria-live="polite">
          <h2>What came back</h2>
          {lines.length === 0 && <p className="quiet">Press a button.</p>}
          {lines.map((line) => (
            <Entry key={line.id} {...line} />
          ))}
        </section>
      </div>
    </div>
  )
}

function Entry({ who, what, answer: { status, body } }: Line) {
  const credits = status < 400 ? body?.usage?.creditsConsumed : undefined
  return (
    <article className="entry">
      <div className="row">
        <span>
          <b className={status < 400 ? 'good' : 'bad'}>{status}</b> {what}{' '}
          <span className="quiet">by {who}</span>
        </span>
        {credits !== undefined && <b>{format(credits)} credits</b>}
      </div>
      {status < 400 ? <pre>{body?.result ?? 'done'}</pre> : <p>{body?.detail ?? body?.title}</p>}
    </article>
  )
}
