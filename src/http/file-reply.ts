import { csvLine } from './csv.ts'

/** The file formats of a list. */
export const FILE_FORMATS = ['csv', 'jsonl'] as const
export type FileFormat = (typeof FILE_FORMATS)[number]

/** A column's name, and the function that reads its value. */
export type FileColumn<Item> = readonly [
  name: string,
  read: (item: Item) => string | number | null | undefined,
]

const MEDIA_TYPES = { csv: 'text/csv; charset=utf-8', jsonl: 'application/jsonl' }
/** Text is sent in chunks of about this size. */
const PIECE_CHARACTERS = 64_000

/**
 * Streams all items as a file while they are read, so that few are in memory at once. A disconnect
 * of the client stops the reading. An error cuts the file off. `release` is called at the end in
 * every case.
 */
export const fileReply = <Item>(
  items: AsyncIterable<Item>,
  columns: readonly FileColumn<Item>[],
  file: FileOfItems,
  release: () => void,
): Response =>
  new Response(streamOf(piecesOf(items, columns, file), release), {
    headers: {
      'content-type': MEDIA_TYPES[file.format],
      'content-disposition': `attachment; filename="${file.name}.${file.format}"`,
    },
  })

interface FileOfItems {
  readonly format: FileFormat
  readonly name: string
  /** Begins the file with a byte order mark, which tells Excel that the CSV is UTF-8. */
  readonly bom: boolean
}

/** Formats a value of any shape for a cell. */
export const jsonCell = (value: unknown): string | undefined =>
  value === null || value === undefined ? undefined : JSON.stringify(value)

async function* piecesOf<Item>(
  items: AsyncIterable<Item>,
  columns: readonly FileColumn<Item>[],
  { format, bom }: FileOfItems,
): AsyncGenerator<string> {
  let piece = bom ? '\ufeff' : ''
  if (format === 'csv') piece += csvLine(columns.map(([name]) => name))
  for await (const item of items) {
    piece +=
      format === 'csv'
        ? csvLine(columns.map(([, read]) => read(item)))
        : `${JSON.stringify(item)}\n`
    if (piece.length < PIECE_CHARACTERS) continue
    yield piece
    piece = ''
  }
  yield piece
}

/** Reads only as fast as the client, and nothing ahead. */
const streamOf = (
  pieces: AsyncGenerator<string>,
  release: () => void,
): ReadableStream<Uint8Array> => {
  const encoder = new TextEncoder()
  return new ReadableStream(
    {
      pull: async (controller) => {
        try {
          const { value, done } = await pieces.next()
          if (!done) return controller.enqueue(encoder.encode(value))
          release()
          controller.close()
        } catch (error) {
          release()
          throw error
        }
      },
      cancel: async () => {
        release()
        await pieces.return(undefined)
      },
    },
    { highWaterMark: 0 },
  )
}
