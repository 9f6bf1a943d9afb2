import { processContext } from './context.ts'
import { runCli } from './program.ts'

// A closed output pipe is no reason to fail, least of all for a server.
for (const output of [process.stdout, process.stderr]) output.on('error', () => undefined)

// Keeps the process alive while a command waits.
const waiting = setInterval(() => undefined, 3_600_000)
// No `process.exit`, which would cut off output that is still being written to a pipe.
process.exitCode = await runCli(process.argv.slice(2), processContext())
clearInterval(waiting)
