'use client'

import { type FormEvent, useState } from 'react'
import { format } from './standing'

/** The chat on Acme's website. Its answers stream, and end with the tokens used today. */
export function ChatWidget() {
  const [question, setQuestion] = useState('How long does the delivery take?')
  const [answer, setAnswer] = useState('')
  const [left, setLeft] = useState<number>()

  const ask = async (event: FormEvent) => {
    event.preventDefault()
    setAnswer('')
    const response = await fetch('/api/widget/chat', {
      method: 'POST',
      headers: { 'x-widget-site': 'acme-site', 'x-visitor': 'this-browser' },
      body: JSON.stringify({ text: question }),
    })
    const tokens = /"tokens-day";r=(\d+)/.exec(response.headers.get('ratelimit') ?? '')?.[1]
    setLeft(tokens === undefined ? undefined : Number(tokens))
    if (!response.ok || !response.body) {
      setAnswer(`${response.status}: ${(await response.json()).title}`)
      return
    }
    const words = response.body.pipeThrough(new TextDecoderStream()).getReader()
    for (let read = await words.read(); !read.done; read = await words.read()) {
      const { value } = read
      setAnswer((before) => before + value)
    }
  }
  return (
    <section className="card widget">
      <h2>The chat on Acme's website</h2>
      <p className="quiet">
        A trial with 10,000 tokens a day. Tokens are held before the answer, and settled after it.
      </p>
      <form onSubmit={ask}>
        <input
          aria-label="Question"
          value={question}
          onChange={(event) => setQuestion(event.target.value)}
        />
        <button type="submit" className="primary">
          Ask
        </button>
      </form>
      <p className="said">{answer}</p>
      {left !== undefined && (
        <p className="quiet">{format(left)} tokens of today were free while it was answered</p>
      )}
    </section>
  )
}
