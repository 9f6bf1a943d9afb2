import type { Tool } from './tool.ts'
import { READING_MONEY } from './tools-of-money.ts'
import { READING_PLATFORM } from './tools-of-platform.ts'
import { READING_USAGE } from './tools-of-usage.ts'
import { WRITING } from './tools-that-write.ts'

/** Assistants pay for each tool with every question, and choose worse among many. */
export const MOST_TOOLS = 25

/** All tools, those that only read first. */
export const TOOLS: readonly Tool[] = [
  ...READING_USAGE,
  ...READING_MONEY,
  ...READING_PLATFORM,
  ...WRITING,
]

/** The tool of a name; undefined where there is none. */
export const toolNamed = (name: string): Tool | undefined =>
  TOOLS.find((tool) => tool.name === name)
