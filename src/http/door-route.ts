import type { Principal } from '../contract/tenancy.ts'
import type { TollgateEngine } from '../contract/tollgate.ts'
import type { AdmittedCall } from '../engine/entry.ts'
import type { Operation } from '../operations/operation.ts'
import type { Answering, Reply } from './answers.ts'
import type { Authentication } from './authentication/authentication.ts'
import type { ConsoleFiles } from './console-files.ts'
import type { DemoMode } from './demo-mode.ts'
import type { McpDoor } from './mcp-door.ts'
import type { Metrics } from './metrics.ts'
import type { Reference } from './reference.ts'

/** What an operation of the door's own may use. */
export interface DoorCall extends Pick<Answering, 'now' | 'problem' | 'plumbing' | 'request'> {
  readonly call: AdmittedCall
  readonly caller: Principal | undefined
  readonly tollgate: TollgateEngine
  readonly authentication: Authentication
  readonly metrics: Metrics
  readonly reference: Reference
  readonly consoleFiles: ConsoleFiles
  /** Where the handler is mounted; empty at the root of its host. */
  readonly basePath: string
  readonly demo: DemoMode
  readonly mcp: McpDoor
  readonly stopping: AbortSignal | undefined
  /** Why a request is not one of a client on this machine; undefined where it is. */
  readonly whyNotLocal: (request: Request) => string | undefined
}

/** An operation that no verb of the engine answers: it is about HTTP itself, or makes a page. */
export interface DoorRoute {
  readonly operation: Operation
  /** What its answer holds beside, or in place of, JSON. */
  readonly document?: {
    readonly mediaType?: string
    readonly headers?: Readonly<Record<string, string>>
  }
  readonly answer: (door: DoorCall) => Reply | Response | Promise<Reply | Response>
}
