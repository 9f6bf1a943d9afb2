'use server'

import { headers } from 'next/headers'
import { redirect } from 'next/navigation'
import { meteredAction } from 'tollgate/next'
import { getTollgate } from '../../tollgate'

const options = {
  eventType: 'chat_message',
  identify: async () => {
    const organizationId = (await headers()).get('x-organization')
    return organizationId === null ? undefined : { organizationId }
  },
  estimate: { quantities: { tokens: 100 } },
}

const asked = meteredAction(getTollgate, options, async ({ hold }, _form: FormData) => {
  hold?.used({ quantities: { tokens: 6 } })
})

const gone = meteredAction(getTollgate, options, async ({ hold }, _form: FormData) => {
  hold?.used({ quantities: { tokens: 8 } })
  redirect('/elsewhere')
})

export const ask = async (form: FormData): Promise<void> => {
  const answer = await asked(form)
  if (answer && 'refused' in answer) redirect(`/refused?status=${answer.refused.status}`)
}

export const go = async (form: FormData): Promise<void> => {
  await gone(form)
}
