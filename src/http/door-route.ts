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

/** What an operation of the HTTP layer may use. */
export interface DoorCall extends Pick<Answering, 'now' | 'problem' | 'plumbing' | 'request'> {
  readonly call: AdmittedCall
  readonly caller: Principal | undefined
  readonly tollgate: TollgateEngine
  readonly authentication: Authentication
  readonly metrics: Metrics
  readonly reference: Reference
  readonly consoleFiles: ConsoleFiles
  /** Where the handler is mounted; empty at the root. */
  readonly basePath: string
  readonly demo: DemoMode
  readonly mcp: McpDoor
  readonly stopping: AbortSignal | undefined
  /** Explains why a request does not come from this machine; undefined when it does. */
  readonly whyNotLocal: (request: Request) => string | undefined
}

/** An operation without a verb of the engine. It concerns HTTP itself, or builds a page. */
export interface DoorRoute {
  readonly operation: Operation
  /** The documented content of its answer, beside or instead of JSON. */
  readonly document?: {
    readonly mediaType?: string
    readonly headers?: Readonly<Record<string, string>>
  }
  readonly answer: (door: DoorCall) => Reply | Response | Promise<Reply | Response>
}
