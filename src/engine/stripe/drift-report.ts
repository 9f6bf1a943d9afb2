import {
  DRIFT_KINDS,
  type Drift,
  type DriftKind,
  type ReconcileOptions,
  type Reconciliation,
} from '../../contract/stripe.ts'

const MOST_SHOWN = 1_000

type DriftWatch = Pick<ReconcileOptions, 'onDrift' | 'onProgress'>

/** The differences, counted by kind. A limited number is listed. */
export class DriftReport {
  readonly #watch: DriftWatch
  readonly #counts = new Map<DriftKind, number>()
  readonly #shown: Drift[] = []
  #organizations = 0
  #charges = 0
  #uses = 0

  constructor(watch: DriftWatch) {
    this.#watch = watch
  }

  found(kind: DriftKind, drift: Partial<Omit<Drift, 'kind'>>): void {
    const nothing = { organizationId: null, key: null, stripeId: null, here: null, atStripe: null }
    const whole: Drift = { kind, ...nothing, ...drift }
    this.#counts.set(kind, (this.#counts.get(kind) ?? 0) + 1)
    if (this.#shown.length < MOST_SHOWN) this.#shown.push(whole)
    this.#watch.onDrift?.(whole)
  }

  /** Counts charges and closed buckets that are equal on both sides. */
  same({ charges = 0, uses = 0 }: { readonly charges?: number; readonly uses?: number }): void {
    this.#charges += charges
    this.#uses += uses
  }

  compared(organizations: number): void {
    this.#organizations += organizations
    this.#watch.onProgress?.(this.#organizations)
  }

  finish({ from, to }: { readonly from: Date; readonly to: Date }): Reconciliation {
    const counts = DRIFT_KINDS.map((kind) => [kind, this.#counts.get(kind) ?? 0])
    return {
      from: from.toISOString(),
      to: to.toISOString(),
      organizations: this.#organizations,
      charges: this.#charges,
      uses: this.#uses,
      clean: this.#counts.size === 0,
      counts: Object.fromEntries(counts) as Reconciliation['counts'],
      drift: this.#shown,
    }
  }
}
