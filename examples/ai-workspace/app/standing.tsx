import type { Limit } from './calls'

const NAMES: Readonly<Record<string, string>> = {
  credits: 'Credits',
  ai_calls: 'AI calls',
}

/** Shows how much of each limit is used. */
export function Standing({ limits }: { limits: readonly Limit[] }) {
  const shown = limits.filter(({ meter }) => meter in NAMES)
  return (
    <section className="card">
      <h2>What is left this period</h2>
      {shown.map(({ limit, meter, max, used, held, remaining }) => (
        <div key={limit} className="meter">
          <div className="row">
            <span>{NAMES[meter]}</span>
            <span data-testid={`remaining-${meter}`}>
              {remaining === null ? 'unlimited' : `${format(remaining)} of ${format(max ?? 0)}`}
            </span>
          </div>
          <progress value={used + held} max={max ?? Math.max(used, 1)} />
        </div>
      ))}
      {shown.length === 0 && <p className="quiet">Choose who you are.</p>}
    </section>
  )
}

export const format = (amount: number): string => amount.toLocaleString('en-US')
