import { csvLine } from './csv.ts'

/** In which forms a list can be had as a file. */
export const FILE_FORMATS = ['csv', 'jsonl'] as const
export type FileFormat = (typeof FILE_FORMATS)[number]

/** The name of a column, and what stands in it of an item. */
export type FileColumn<Item> = readonly [
  name: string,
  read: (item: Item) => string | number | null | undefined,
]

const MEDIA_TYPES = { csv: 'text/csv; charset=utf-8', jsonl: 'application/jsonl' }
/** So much text is sent in one piece. */
const PIECE_CHARACTERS = 64_000

/**
 * All items as a file, sent while they are read: however many there are, few are in memory. A
 * client that goes away ends the reading; a failure on the way breaks the file off, unfinished.
 * `release` is called when it has ended, in whatever way.
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
  /** Begins with a byte order mark, by which Excel knows that CSV is UTF-8. */
  readonly bom: boolean
}

/** A value of any shape in a cell. */
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

/** Reads on only as fast as the client takes it, and nothing ahead. */
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
