import type { StoredReservation } from '../../storage/gate/reservations.ts'

const MOST = 20_000

/**
 * The latest reservations of this process. The process that reserves mostly settles too, and then
 * need not read the reservation.
 *
 * The reserved data never changes, but the state does. Only the settling statement knows the state.
 */
export class OwnReservations {
  readonly #made = new Map<string, StoredReservation>()

  add(reservation: StoredReservation): void {
    const [oldest] = this.#made.size >= MOST ? this.#made.keys() : []
    if (oldest !== undefined) this.#made.delete(oldest)
    this.#made.set(reservation.id, reservation)
  }

  /** Finds a reservation of this organization only. */
  find(organizationId: string, id: string): StoredReservation | undefined {
    const found = this.#made.get(id)
    return found?.organization_id === organizationId ? found : undefined
  }

  delete(id: string): void {
    this.#made.delete(id)
  }
}
