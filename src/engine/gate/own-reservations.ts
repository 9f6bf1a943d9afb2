import type { StoredReservation } from '../../storage/gate/reservations.ts'

const MOST = 20_000

/**
 * The reservations that this process made lately: whoever reserves mostly settles, and what was
 * reserved never changes, so it need not be read again for that. How a reservation stands is not
 * to be learned here: the statement that settles says it.
 */
export class OwnReservations {
  readonly #made = new Map<string, StoredReservation>()

  add(reservation: StoredReservation): void {
    const [oldest] = this.#made.size >= MOST ? this.#made.keys() : []
    if (oldest !== undefined) this.#made.delete(oldest)
    this.#made.set(reservation.id, reservation)
  }

  /** Only the organization's own. */
  find(organizationId: string, id: string): StoredReservation | undefined {
    const found = this.#made.get(id)
    return found?.organization_id === organizationId ? found : undefined
  }

  delete(id: string): void {
    this.#made.delete(id)
  }
}
