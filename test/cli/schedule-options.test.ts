import { describe, expect, it } from 'vitest'
import { scheduleOptions } from '../../src/cli/schedule-options.ts'

const given = (text: string) => scheduleOptions({ TOLLGATE_SCHEDULES: text })

describe('the schedule environment', () => {
  it('uses the default schedules if nothing is set', () => {
    expect(scheduleOptions({})).toEqual({})
    expect(given('')).toEqual({})
  })

  it('sets a schedule per job, or "never"', () => {
    expect(
      given('aggregate-usage=40 3 * * *; apply-retention = never ;doctor=30 5 * * 1-5'),
    ).toEqual({
      schedules: {
        'aggregate-usage': '40 3 * * *',
        'apply-retention': null,
        doctor: '30 5 * * 1-5',
      },
    })
  })

  it.each([
    ['no schedule', 'doctor', /must be jobs with cron expressions/],
    ['what is as of no cron', 'doctor=soon', /"doctor" must be as of cron, in UTC/],
    ['an unknown job', 'tidy=0 1 * * *', /"tidy" is no job/],
    ['billing, which has an option of its own', 'process-overage=0 1 * * *', /is no job that may/],
  ])('is refused with %s', (_what, text, said) => {
    expect(() => given(text)).toThrow(said)
  })
})
