import type { Tool } from './tool.ts'
import { READING_MONEY } from './tools-of-money.ts'
import { READING_PLATFORM } from './tools-of-platform.ts'
import { READING_USAGE } from './tools-of-usage.ts'
import { WRITING } from './tools-that-write.ts'

/**
 * All tools, read-only ones first. At most 25, because assistants pay for each with every question,
 * and choose worse among many.
 */
export const TOOLS: readonly Tool[] = [
  ...READING_USAGE,
  ...READING_MONEY,
  ...READING_PLATFORM,
  ...WRITING,
]
