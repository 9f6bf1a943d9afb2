/** Thrown when a database and this code do not fit. The message says what to do. */
export class MigrationError extends Error {
  override readonly name = 'MigrationError'
}
