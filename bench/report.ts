import { cpus, totalmem } from 'node:os'

/** The median of an odd number of runs. */
export const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0

export const perSecond = (count: number, elapsedNs: bigint): number =>
  (count * 1e9) / Number(elapsedNs)

/** The environment of the measurements. */
export const machine = (): string => {
  const [cpu] = cpus()
  const memory = Math.round(totalmem() / 2 ** 30)
  return `${cpus().length} × ${cpu?.model.trim()}, ${memory} GiB, Node ${process.version}`
}

export const thousands = (value: number): string => Math.round(value).toLocaleString('en-US')
