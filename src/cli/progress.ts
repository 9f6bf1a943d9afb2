import type { Output } from './context.ts'

/** Shows the progress of long work to a person. */
export interface Progress {
  at(done: number): void
  stop(): void
}

/** Shows a bar on a terminal, and nothing elsewhere. */
export const startProgress = async (
  output: Output,
  { label, total }: { readonly label: string; readonly total: number },
): Promise<Progress> => {
  if (!output.isTTY) return { at: () => undefined, stop: () => undefined }
  const { SingleBar } = await import('cli-progress')
  const bar = new SingleBar({
    format: `${label} {bar} {percentage}% · {eta_formatted} left`,
    barCompleteChar: '█',
    barIncompleteChar: '░',
    hideCursor: true,
    clearOnComplete: true,
    etaBuffer: 100,
    stream: output as NodeJS.WritableStream,
  })
  bar.start(total, 0)
  return { at: (done) => bar.update(done), stop: () => bar.stop() }
}
