export type { DemoMode } from './http/demo-mode.ts'
export {
  createHandler,
  type Handler,
  type HandlerLog,
  type HandlerOptions,
} from './http/handler.ts'
