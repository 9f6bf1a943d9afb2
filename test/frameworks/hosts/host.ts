import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TollgateEngine } from '../../../src/contract/tollgate.ts'
import type { GateSource } from '../../../src/guard/options.ts'
import type { Produced } from '../options.ts'

/** A listening application. */
export interface Host {
  readonly url: string
  /** The pieces that its streams have produced. */
  readonly produced: Produced
  close(): Promise<void>
}

/** Starts an application whose routes use this gate, with the engine's keys. */
export type StartHost = (gate: GateSource, engine: TollgateEngine) => Promise<Host>

export const listening = async (server: Server): Promise<string> => {
  if (!server.listening) await new Promise((resolve) => server.once('listening', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

export const closed = (server: Server): Promise<void> =>
  new Promise((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
