import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readRows } from '../../../src/cli/replay/read-rows.ts'
import type { ReplayRow } from '../../../src/cli/replay/replay-rows.ts'
import type { ReplayTarget } from '../../../src/cli/replay/replay-target.ts'
import { temporaryFolders } from '../../setup/temporary-folder.ts'

const folder = temporaryFolders()()
let files = 0

const target: ReplayTarget = {
  tollgate: {
    organizations: { get: async () => ({ plan: 'shop/open' }) },
  } as unknown as ReplayTarget['tollgate'],
  batchRows: 1,
  decisionsInFlight: 1,
  pricing: async () => ({ microCredits: () => 0n, costUsd: () => '0' }),
  close: async () => undefined,
}

const read = async (
  text: string,
  options: Record<string, unknown>,
): Promise<ReplayRow['event'][]> => {
  files += 1
  const path = join(folder, `rows-${files}.csv`)
  writeFileSync(path, text)
  const given = { organization: 'acme', event: 'ask', ...options }
  const job = { progress: { at: () => {}, stop: () => {} }, stop: new AbortController().signal }
  const events: ReplayRow['event'][] = []
  for await (const row of readRows(path, given, target, job)) events.push(row.event)
  return events
}

describe('the rows of a file', () => {
  it("are read from OpenAI's usage export without column options", async () => {
    const header =
      'start_time,end_time,project_id,num_model_requests,user_id,model,service_tier,' +
      'input_tokens,output_tokens,input_cached_tokens,input_audio_tokens'
    const text = [
      header,
      '1764288000,1764374400,proj_1,12.0,,gpt-4o-mini-2024-07-18,,59200.0,811.0,1024.0,',
      '1764374400,1764460800,proj_1,1,user-7,gpt-4o,,10,0,,0',
    ].join('\n')
    expect(await read(text, { export: 'openai' })).toMatchObject([
      {
        timestamp: '2025-11-28T00:00:00.000Z',
        provider: 'openai',
        model: 'gpt-4o-mini-2024-07-18',
        requests: 12,
        inputTokens: 59_200,
        outputTokens: 811,
        cachedInputTokens: 1_024,
        eventType: 'shop/ask',
      },
      { userId: 'user-7', model: 'gpt-4o', inputTokens: 10, outputTokens: 0, inputAudioTokens: 0 },
    ])
    const [first] = await read(text, { export: 'openai' })
    expect(first).not.toHaveProperty('userId')
    expect(first).not.toHaveProperty('inputAudioTokens')
  })

  it.each([
    ['semicolons', ';'],
    ['tabs', '\t'],
    ['commas', ','],
  ])('may be separated by %s', async (_, by) => {
    const lines = [
      ['when', 'a,b', 'c;d'],
      ['2026-01-31T09:30:00Z', '7', '8.0'],
    ]
    const text = lines.map((cells) => cells.map((cell) => `"${cell}"`).join(by)).join('\r\n')
    const options = { time: 'when', inputTokens: 'a,b', column: ['outputTokens=c;d'] }
    expect(await read(text, options)).toMatchObject([{ inputTokens: 7, outputTokens: 8 }])
  })

  it('may have a column for any field and any property of an event', async () => {
    const text =
      'at,id,type,who,model,status,ms,write,deep,size\n1764288000123,r1,shop/other,u,m,429,12.5,3,true,2.5\n'
    const column = ['id=id', 'eventType=type', 'sessionId=who', 'model=model', 'status=status']
    const more = ['durationMs=ms', 'cacheWriteTokens=write']
    const property = ['deep=deep', 'size=size']
    const options = { time: 'at', column: [...column, ...more], property, model: 'other' }
    expect(await read(text, options)).toMatchObject([
      {
        id: 'r1',
        eventType: 'shop/other',
        sessionId: 'u',
        model: 'm',
        status: 429,
        durationMs: 12.5,
        cacheWriteTokens: 3,
        properties: { deep: true, size: 2.5 },
        timestamp: '2025-11-28T00:00:00.123Z',
      },
    ])
  })

  it('are refused with the name of the option or column', async () => {
    const text = 'at,n\n1764288000,x\n'
    await expect(read(text, {})).rejects.toThrow('--time')
    await expect(read(text, { export: 'nobody' })).rejects.toThrow('--export nobody')
    await expect(read(text, { time: 'at', column: ['nope=n'] })).rejects.toThrow('--column nope')
    await expect(read(text, { time: 'at', inputTokens: 'n' })).rejects.toThrow('column n: "x"')
    await expect(read('at,n\n,1\n', { time: 'at' })).rejects.toThrow('column at: ""')
  })
})
