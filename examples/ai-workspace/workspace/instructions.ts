/** The model's instructions for each event type of the workspace. */
export const INSTRUCTIONS = {
  analyze_pain_points: `Find the pain points in what the user writes, and put them under these headings.
# What hurts most
# What costs time
# What to ask next`,
  generate_solution: `Propose solutions to the problem that the user writes, under these headings.
# Proposal
# Trade-offs`,
  generate_planning: `Draw up a plan for what the user writes, under these headings.
# First milestone
# Second milestone
# Depends on`,
  structure_solution: `Break the solution that the user writes down, under these headings.
# Components
# Phases
# Responsibilities`,
} as const

export type WorkspaceEventType = keyof typeof INSTRUCTIONS
