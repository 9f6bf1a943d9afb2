import { processContext } from './context.ts'
import { runCli } from './program.ts'

// Whoever read our output has gone: no reason to fail, least of all for a server.
for (const output of [process.stdout, process.stderr]) output.on('error', () => undefined)

// A command that waits is not over, even where nothing it waits for keeps the process alive.
const waiting = setInterval(() => undefined, 3_600_000)
// No process.exit: what is still being written to a pipe would be cut off.
process.exitCode = await runCli(process.argv.slice(2), processContext())
clearInterval(waiting)
