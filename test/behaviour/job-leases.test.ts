import { beforeEach, expect, it, vi } from 'vitest'
import { EVENT_KINDS } from '../../src/contract/domain-event-kinds.ts'
import type { Database } from '../../src/storage/database.ts'
import { type DomainEventRow, domainEventPage } from '../../src/storage/tables/domain-events.ts'
import { type TestClock, testClock } from '../../src/testing/index.ts'
import { eventually } from '../setup/eventually.ts'
import { describeByForm } from '../setup/substrates.ts'
import { jobProcess, latch, runsOf } from './job-processes.ts'

const JOB = 'night-work'
const HOUR_MS = 3_600_000

describeByForm('a leased job', (open) => {
  let db: Database
  let clock: TestClock
  beforeEach(async () => {
    db = await open()
    clock = testClock('2026-03-10T12:00:00Z')
    await db.query('truncate tollgate.jobs, tollgate.job_runs')
    await db.query('truncate tollgate.domain_events, tollgate.domain_event_heads cascade')
  })

  /** Waits until this many runs have ended. */
  const ended = (count: number) =>
    eventually(async () => {
      const runs = (await runsOf(db)).filter(({ outcome }) => outcome !== null)
      expect(runs).toHaveLength(count)
      return runs
    })
  const toldOf = async (): Promise<DomainEventRow[]> => {
    const events = await domainEventPage(db, '', { before: undefined, kind: undefined, limit: 50 })
    for (const { kind, data } of events) {
      EVENT_KINDS[kind as keyof typeof EVENT_KINDS].data.strict().parse(data)
    }
    // The built-in alert on failed jobs adds its own events.
    return events.reverse().filter(({ kind }) => kind.startsWith('job.'))
  }
  const nothing = async () => ({})

  it('runs once for missed times, at the last of them', async () => {
    const first = jobProcess(db, clock, 'first')
    first.follow({ run: nothing })
    await clock.advance(HOUR_MS)
    await ended(1)
    await first.stop()
    await clock.advance(5.5 * HOUR_MS)
    const second = jobProcess(db, clock, 'second')
    second.follow({ run: nothing })
    const [before, after] = await ended(2)
    expect(before).toMatchObject({ missed: 0, node: 'first' })
    expect(after).toMatchObject({ missed: 4, node: 'second', outcome: 'done' })
    expect(after?.scheduled_for.toISOString()).toBe('2026-03-10T18:00:00.000Z')
    expect(after?.started_at.toISOString()).toBe('2026-03-10T18:30:00.000Z')
    await clock.advance(HOUR_MS / 2)
    expect((await ended(3))[2]).toMatchObject({ missed: 0 })
    await second.stop()
  })

  it('skips missed times if its catch-up is "none", and records the skip', async () => {
    const first = jobProcess(db, clock, 'first')
    first.follow({ run: nothing, catchUp: 'none' })
    await clock.advance(1)
    await eventually(async () =>
      expect(await db.query('select from tollgate.jobs')).toHaveLength(1),
    )
    await first.stop()
    await clock.advance(3.5 * HOUR_MS)
    const done = vi.fn(nothing)
    const second = jobProcess(db, clock, 'second')
    second.follow({ run: done, catchUp: 'none' })
    expect((await ended(1))[0]).toMatchObject({ missed: 2, outcome: 'skipped' })
    expect(done).not.toHaveBeenCalled()
    await clock.advance(HOUR_MS / 2)
    expect((await ended(2))[1]).toMatchObject({ outcome: 'done' })
    expect(done).toHaveBeenCalledOnce()
    await second.stop()
  })

  it('has no times from before it was registered', async () => {
    const only = jobProcess(db, clock, 'only')
    only.follow({ run: nothing, schedule: '* * * * *' })
    await clock.advance(59_000)
    expect(await runsOf(db)).toEqual([])
    await clock.advance(1_000)
    await ended(1)
    await only.stop()
  })

  it('moves to another process if its own is paused, and only the new one records it', async () => {
    const stopped = testClock(clock.now())
    const paused = jobProcess(db, stopped, 'paused')
    const held = latch()
    let isTold = false
    paused.follow({
      run: async ({ signal }) => {
        signal.addEventListener('abort', () => {
          isTold = true
        })
        await held.opened
        return { by: 'paused' }
      },
    })
    await stopped.advance(HOUR_MS)
    await eventually(async () => expect(await runsOf(db)).toHaveLength(1))
    await clock.advance(HOUR_MS)
    const other = jobProcess(db, clock, 'other')
    const asked: unknown[] = []
    other.takeOver(JOB, async (request) => {
      asked.push(request.asked)
      return { by: 'other' }
    })
    const gone = clock.now().getTime()
    await eventually(async () => {
      await clock.advance(5_000)
      expect(await runsOf(db)).toMatchObject([{ node: 'other', outcome: 'done', attempts: 2 }])
    })
    const [run] = await runsOf(db)
    expect((run?.finished_at?.getTime() ?? 0) - gone).toBeLessThanOrEqual(30_000)
    expect(asked).toEqual([null])
    // The paused process wakes up, renews its lease, and finds it lost.
    await stopped.advance(5_000)
    await eventually(() => expect(isTold).toBe(true))
    held.open()
    await paused.stop()
    expect(await runsOf(db)).toEqual([run])
    await other.stop()
  })

  it('is not recorded as failed by a resumed process while its successor still runs', async () => {
    const stopped = testClock(clock.now())
    const paused = jobProcess(db, stopped, 'paused')
    const [first, second] = [latch(), latch()]
    paused.follow({
      run: async () => {
        await first.opened
        throw new Error('it was paused')
      },
    })
    await stopped.advance(HOUR_MS)
    await eventually(async () => expect(await runsOf(db)).toHaveLength(1))
    await clock.advance(HOUR_MS + 20_000)
    const other = jobProcess(db, clock, 'other')
    other.takeOver(JOB, async () => {
      await second.opened
      return { by: 'other' }
    })
    await clock.advance(5_000)
    await eventually(async () => expect(await runsOf(db)).toMatchObject([{ node: 'other' }]))
    first.open()
    await paused.stop()
    expect(await runsOf(db)).toMatchObject([{ node: 'other', outcome: null, error: null }])
    expect(await toldOf()).toEqual([])
    second.open()
    expect((await ended(1))[0]).toMatchObject({ outcome: 'done', report: { by: 'other' } })
    await other.stop()
  })

  it('aborts if its lease expires before a renewal succeeds', async () => {
    let isAway = false
    const away = {
      ...db,
      query: (async (text: string, values?: readonly unknown[]) => {
        if (isAway) throw new Error('the database is away')
        return db.query(text, values as never)
      }) as Database['query'],
    }
    const only = jobProcess(away, clock, 'only')
    const why = new Promise<string>((resolve) => {
      only.follow({
        run: ({ signal }) =>
          new Promise((_, reject) => {
            signal.addEventListener('abort', () => {
              resolve(String(signal.reason))
              reject(signal.reason)
            })
          }),
      })
    })
    await clock.advance(HOUR_MS)
    await eventually(async () => expect(await runsOf(db)).toHaveLength(1))
    isAway = true
    await clock.advance(15_000)
    await clock.advance(5_000)
    expect(await why).toMatch(/the lease of this run is over/)
    await only.stop()
    expect(await runsOf(db)).toMatchObject([{ outcome: null }])
  })

  it('is given up and reported after three processes died during it', async () => {
    const never = () => new Promise<object>(() => {})
    const first = jobProcess(db, clock, 'first')
    first.follow({ run: nothing })
    await clock.advance(HOUR_MS)
    await ended(1)
    await first.stop()
    await db.query(
      `update tollgate.job_runs set finished_at = null, outcome = null, attempts = 2, leased_until = $1`,
      [clock.now()],
    )
    // The third process takes the job over, and dies.
    const thirds = testClock(clock.now())
    const late = jobProcess(db, thirds, 'late')
    late.takeOver(JOB, never)
    await thirds.advance(5_000)
    await eventually(async () =>
      expect(await runsOf(db)).toMatchObject([{ node: 'late', attempts: 3 }]),
    )
    const fourth = jobProcess(db, clock, 'fourth')
    const done = vi.fn(nothing)
    fourth.takeOver(JOB, done)
    const [run] = await eventually(async () => {
      await clock.advance(5_000)
      const runs = await runsOf(db)
      expect(runs).toMatchObject([{ finished_at: expect.any(Date) }])
      return runs
    })
    expect(run).toMatchObject({ outcome: 'lost', error: expect.stringMatching(/^given up: 3 /) })
    expect(done).not.toHaveBeenCalled()
    expect(await toldOf()).toMatchObject([
      { kind: 'job.failed', data: { job: JOB, error: expect.stringMatching(/^given up/) } },
    ])
    await fourth.stop()
  })

  it('reports its first failure and its recovery, each once', async () => {
    const only = jobProcess(db, clock, 'only')
    let fails = true
    only.follow({
      run: async () => {
        if (fails) throw new Error('no room on the disk')
        return {}
      },
    })
    for (let hour = 1; hour <= 3; hour += 1) {
      await clock.advance(HOUR_MS)
      await ended(hour)
    }
    expect(await toldOf()).toMatchObject([
      {
        kind: 'job.failed',
        subject: `job:${JOB}`,
        data: {
          job: JOB,
          scheduledFor: '2026-03-10T13:00:00.000Z',
          error: 'Error: no room on the disk',
        },
      },
    ])
    fails = false
    for (let hour = 4; hour <= 5; hour += 1) {
      await clock.advance(HOUR_MS)
      await ended(hour)
    }
    expect((await toldOf()).slice(1)).toMatchObject([
      {
        kind: 'job.recovered',
        data: { job: JOB, failures: 3, failingSince: '2026-03-10T13:00:00.000Z' },
      },
    ])
    fails = true
    await clock.advance(HOUR_MS)
    await ended(6)
    expect((await toldOf()).map(({ kind }) => kind)).toEqual([
      ...['job.failed', 'job.recovered', 'job.failed'],
    ])
    await only.stop()
  })

  it('that runs in every process reports a failure after a minute', async () => {
    const only = jobProcess(db, clock, 'only')
    let fails = true
    let ran = 0
    only.repeat('sweep', async () => {
      ran += 1
      if (fails) throw new Error('a column is missing')
    })
    const turn = async (seconds: number) => {
      for (let second = 0; second < seconds; second += 1) {
        const before = ran
        while (ran === before) {
          await clock.advance(1_000)
          await new Promise((resolve) => setImmediate(resolve))
        }
      }
    }
    await turn(59)
    expect(await toldOf()).toEqual([])
    await turn(10)
    await eventually(async () =>
      expect(await toldOf()).toMatchObject([
        { kind: 'job.failed', data: { job: 'sweep', node: 'only' } },
      ]),
    )
    fails = false
    await turn(2)
    await eventually(async () =>
      expect((await toldOf()).map(({ kind }) => kind)).toEqual(['job.failed', 'job.recovered']),
    )
    await only.stop()
  })

  it('runs once per time if one clock goes back or forward an hour', async () => {
    const processes = ['first', 'second'].map((id) => {
      const own = testClock(clock.now())
      const process = jobProcess(db, own, id)
      process.follow({ run: nothing, schedule: '*/20 * * * *' })
      return { ...process, own }
    })
    const [first, second] = processes as [(typeof processes)[0], (typeof processes)[0]]
    for (let time = 1; time <= 3; time += 1) {
      await first.own.advance(HOUR_MS / 3)
      await ended(time)
    }
    // The second clock is an hour behind, and its times have already run.
    for (let time = 1; time <= 3; time += 1) await second.own.advance(HOUR_MS / 3)
    await second.own.advance(HOUR_MS / 3)
    const runs = await ended(4)
    expect(runs.map((run) => run.scheduled_for.toISOString().slice(11, 16))).toEqual([
      ...['12:20', '12:40', '13:00', '13:20'],
    ])
    expect(runs.every(({ missed }) => missed === 0)).toBe(true)
    await Promise.all(processes.map(({ stop }) => stop()))
  })

  it('runs after the database returns from an outage at its due time', async () => {
    let isAway = false
    const away = {
      ...db,
      query: (async (text: string, values?: readonly unknown[]) => {
        if (isAway) throw new Error('the database is away')
        return db.query(text, values as never)
      }) as Database['query'],
    }
    const only = jobProcess(away, clock, 'only')
    only.follow({ run: nothing })
    await clock.advance(1)
    await eventually(async () =>
      expect(await db.query('select from tollgate.jobs')).toHaveLength(1),
    )
    isAway = true
    await clock.advance(HOUR_MS)
    await new Promise((resolve) => setImmediate(resolve))
    isAway = false
    await eventually(async () => {
      await clock.advance(10_000)
      expect(await runsOf(db)).toMatchObject([{ outcome: 'done', missed: 0 }])
    })
    await only.stop()
  })
})
