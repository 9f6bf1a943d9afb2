import { describe, expect, it } from 'vitest'
import { createEventIds } from '../../../src/cli/replay/event-ids.ts'

const header = ['When', 'Tokens']
const rows = [
  ['2024-01-01', '1'],
  ['2024-01-01', '1'],
  ['2024-01-02', '3'],
]
const idsOf = (eventType: string, head: readonly string[], cells: readonly string[][]): string[] =>
  cells.map(createEventIds(eventType, head))

describe('the event ids of a file', () => {
  it('are equal for equal content, and differ between rows', () => {
    const ids = idsOf('chat_message', header, rows)
    expect(ids).toEqual(idsOf('rag-chatbot/chat_message', header, rows))
    expect(new Set(ids).size).toBe(3)
  })

  it('stay the same when the file grows', () => {
    const grown = idsOf('chat_message', header, [...rows, ['2024-01-03', '4']])
    expect(grown.slice(0, 3)).toEqual(idsOf('chat_message', header, rows))
  })

  it('differ for another event type, another header, and after a changed row', () => {
    const ids = new Set(idsOf('chat_message', header, rows))
    const others = [
      ...idsOf('embedding', header, rows),
      ...idsOf('chat_message', ['When', 'Words'], rows),
      ...idsOf('chat_message', header, [['2023-12-31', '1'], ...rows.slice(1)]),
    ]
    expect(others.filter((id) => ids.has(id))).toEqual([])
  })

  it('treat each cell boundary as part of the content', () => {
    const [joined] = idsOf('chat_message', header, [['2024', '01']])
    const [split] = idsOf('chat_message', header, [['20240', '1']])
    expect(joined).not.toBe(split)
  })
})
